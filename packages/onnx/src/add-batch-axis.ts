import { nameOfPort } from './copy-imported.ts';
import { GraphWriter } from './graph-writer.ts';
import { withoutShapes } from './resize-input.ts';
import { inFile, type OnnxFile } from './proto/read-model.ts';
import { field, NodeProto } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writeNode, writePort } from './proto/write.ts';
import { constantOf } from './value-uses.ts';
import { withGraph } from './with-graph.ts';
import type { DType } from '@graft/tensor';

/** A file whose images have a batch axis. */
export interface BatchedFile {
  readonly file: OnnxFile;
  /** The name of the input. */
  readonly input: string;
  /** Whether the graph itself adds the axis, which the result leaves out. Otherwise the result removes it again, and takes one example at a time. */
  readonly isAdded: boolean;
}

/** Operators that compute each number by itself. */
const elementwise = /^(Cast|Identity|Dropout|Relu|Clip|Abs|Neg|Sqrt|Exp|Log|Sigmoid|Tanh|Add|Sub|Mul|Div|Pow|Min|Max)$/;

/**
 * Gives an input of three dimensions, one image, a batch axis of 1 in front. A graph that adds the axis itself, behind arithmetic and transposes, no longer does so and can be
 * made to take any batch; any other one gets the image without it.
 * @throws if the file has no such input of three dimensions
 */
export function addBatchAxis(file: OnnxFile, input: string): BatchedFile {
  try {
    const port = file.inputs.find(({ name }) => name === input);
    if (port?.shape?.length !== 3) throw new Error(`The file has no input "${input}" of three dimensions.`);
    const changes = changesFor(file, input, port.shape);
    const writer = GraphWriter.addingTo(file);
    const name = changes ? input : writer.unique(`${input}_batch`);
    if (!changes && writer.opset < 13) writer.node('Squeeze', [name], { axes: [0] }, input);
    else if (!changes) writer.node('Squeeze', [name, writer.integers([0])], {}, input);
    const { graph } = field;
    const squeezed = [
      ...writer.nodes.map((node) => messageField(graph.node, node)),
      ...writer.initializers().map(({ bytes }) => messageField(graph.initializer, bytes)),
    ];
    const parts = wireFields(file.graph).map(({ number, content, bytes }) => {
      if (number === graph.input && nameOfPort(content!) === input)
        return messageField(graph.input, writePort(name, port.dtype as DType, [1, ...port.shape!]));
      const changed = number === graph.node ? changes?.get(NodeProto.decode(content!).output?.[0] ?? '') : undefined;
      return changed ? messageField(graph.node, changed) : bytes;
    });
    return {
      file: withGraph(file, withoutShapes(joinBytes([...squeezed, ...parts]))),
      input: name,
      isAdded: changes !== undefined,
    };
  } catch (error) {
    throw inFile(error, file.name);
  }
}

/** Nodes that change if the image has a batch axis from the beginning, by their first output; undefined if the graph does not add one everywhere. */
function changesFor(
  file: OnnxFile,
  input: string,
  shape: readonly (number | string | null)[],
): ReadonlyMap<string, Uint8Array> | undefined {
  const changes = new Map<string, Uint8Array>();
  const images = new Map([[input, shape]]);
  let isEnded = false;
  for (const node of file.nodes) {
    const { opType, inputs, outputs, attributes, domain } = node;
    if (attributes.captured.some((name) => images.has(name))) return undefined;
    const read = inputs.filter((name) => images.has(name));
    if (!read.length) continue;
    const [from = ''] = inputs;
    const dims = images.get(from);
    const to = outputs[0] ?? '';
    const passed = (): void => {
      changes.set(to, writeNode({ opType: 'Identity', inputs: [from], outputs: [to], name: node.name }));
      isEnded = true;
    };
    if (domain !== '' || !dims || read.length > 1) return undefined;
    if (opType === 'Unsqueeze') {
      const axes = attributes.has('axes') ? attributes.ints('axes') : integersIn(file, inputs[1]);
      if (axes?.join() !== '0') return undefined;
      passed();
    } else if (opType === 'Reshape') {
      const sizes = integersIn(file, inputs[1]);
      const isSame =
        sizes?.length === 4 &&
        sizes.every((size, i) => (i === 0 ? size === 1 || size === -1 : size === dims[i - 1] && size > 0));
      if (!isSame) return undefined;
      passed();
    } else if (opType === 'Transpose') {
      const perm = attributes.ints('perm', [2, 1, 0]);
      const attribute = { perm: [0, ...perm.map((axis) => axis + 1)] };
      changes.set(to, writeNode({ opType, inputs, outputs, name: node.name, attributes: attribute }));
      images.set(
        to,
        perm.map((axis) => dims[axis] ?? null),
      );
    } else if (elementwise.test(opType)) {
      const isFit = inputs.slice(1).every((name) => !name || (constantOf(file, name)?.read().shape.length ?? 4) <= 3);
      if (!isFit) return undefined;
      images.set(to, dims);
    } else return undefined;
  }
  return isEnded && !file.outputs.some(({ name }) => images.has(name)) ? changes : undefined;
}

function integersIn(file: OnnxFile, name: string | undefined): number[] | undefined {
  const value = constantOf(file, name)?.read();
  return value?.dtype === 'int64' ? Array.from(value.data as BigInt64Array, Number) : undefined;
}
