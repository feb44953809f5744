import type { HostArray } from '@graft/tensor';
import { nameOfPort } from './copy-imported.ts';
import { GraphWriter } from './graph-writer.ts';
import { inFile, type OnnxFile } from './proto/read-model.ts';
import { field } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writeTensor } from './proto/write.ts';
import { withGraph } from './with-graph.ts';

/** Files of older versions list initializers among their inputs. */
const firstWithoutPorts = 4;

/** What an input is held at. */
export interface HeldInput {
  readonly value: HostArray;
  /** The name of another input: the value, whose first dimension is 1, is repeated for each of its examples. */
  readonly repeatedFor?: string;
}

/**
 * Holds inputs of a file at constant values, which become part of it: the result has no such inputs.
 * @throws if the file has no such input
 */
export function holdInputs(file: OnnxFile, held: Readonly<Record<string, HeldInput>>): OnnxFile {
  const values = Object.entries(held);
  if (!values.length) return file;
  try {
    for (const [name] of values)
      if (!file.inputs.some((port) => port.name === name))
        throw new Error(
          `The file has no input "${name}". Its inputs are ${file.inputs.map((port) => port.name).join(', ')}.`,
        );
    const writer = GraphWriter.addingTo(file);
    const tensors: Uint8Array[] = [];
    for (const [name, { value, repeatedFor }] of values) {
      if (repeatedFor === undefined) {
        tensors.push(writeTensor(name, value));
        continue;
      }
      const batch = writer.node('Gather', [writer.node('Shape', [repeatedFor]), writer.integers([0])], { axis: 0 });
      const sizes = writer.node('Concat', [batch, writer.integers(value.shape.slice(1))], { axis: 0 });
      writer.node('Expand', [writer.constant(value, `${name}_held`), sizes], {}, name);
    }
    tensors.push(...writer.initializers().map(({ bytes }) => bytes));
    const isPort = (name: string): boolean =>
      Object.hasOwn(held, name) && !(file.irVersion < firstWithoutPorts && held[name]!.repeatedFor === undefined);
    const { graph } = field;
    return withGraph(
      file,
      joinBytes([
        ...writer.nodes.map((node) => messageField(graph.node, node)),
        ...wireFields(file.graph).flatMap(({ number, content, bytes }) =>
          number === graph.input && isPort(nameOfPort(content!)) ? [] : [bytes],
        ),
        ...tensors.map((tensor) => messageField(graph.initializer, tensor)),
      ]),
    );
  } catch (error) {
    throw inFile(error, file.name);
  }
}
