import { copyImported } from './copy-imported.ts';
import { exportImported } from './export-imported.ts';
import { GraphWriter } from './graph-writer.ts';
import { importOnnx } from './import-onnx.ts';
import { neededNodes } from './needed-nodes.ts';
import type { OnnxOperator } from './operator.ts';
import { type OnnxFile, type OnnxNode, readModel } from './proto/read-model.ts';
import { field } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writeGraph } from './proto/write.ts';
import { wrapGraph } from './wrap-graph.ts';

/** The names of a node's inputs and outputs. */
export interface NodeEnds {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Rewrites a node: returns new input and output names, or undefined to remove it. Nodes added to the writer come before it.
 */
export type RewriteNode = (node: OnnxNode, writer: GraphWriter) => NodeEnds | undefined;

/** Rewires a file's nodes and inserts new ones. Everything else is unchanged, except that unused values are removed. */
export function rewriteGraph(file: OnnxFile, rewrite: RewriteNode, operators: readonly OnnxOperator[]): OnnxFile {
  const model = importOnnx(file, { operators });
  const part = copyImported(model);
  const writer = new GraphWriter(model.opset, part.names, new Map());
  for (const [i, node] of neededNodes(file, model.outputs).entries()) {
    const ends = rewrite(node, writer);
    if (!ends) continue;
    for (const name of ends.inputs) writer.use(name);
    writer.nodes.push(between(part.nodes[i]!, ends));
  }
  const outputs = wireFields(file.graph).flatMap(({ number, content }) =>
    number === field.graph.output ? [content!] : [],
  );
  const graph = writeGraph({
    ...part,
    nodes: writer.nodes,
    initializers: [...part.initializers(), ...writer.initializers().map((one) => one.bytes)],
    outputs,
  });
  model.dispose();
  const draft = importOnnx({ name: file.name, model: wrapGraph(graph, file, model.opset, {}) }, { operators });
  const bytes = exportImported(draft, {}); // copies only what is needed
  draft.dispose();
  return readModel({ name: file.name, model: bytes });
}

/** A node's bytes with other input and output names. */
function between(node: Uint8Array, { inputs, outputs }: NodeEnds): Uint8Array {
  const texts = (number: number, names: readonly string[]): Uint8Array[] =>
    names.map((name) => messageField(number, new TextEncoder().encode(name)));
  return joinBytes([
    ...texts(input, inputs),
    ...texts(output, outputs),
    ...wireFields(node)
      .filter(({ number }) => number !== input && number !== output)
      .map((one) => one.bytes),
  ]);
}

const [input, output] = [1, 2];
