import type { HostArray } from '@graft/tensor';
import { nameOfPort } from './copy-imported.ts';
import { inFile, type OnnxFile } from './proto/read-model.ts';
import { field } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writeNode, writeTensor } from './proto/write.ts';
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
    const taken = new Set([...file.nodes.flatMap(({ outputs }) => outputs), ...file.constants.keys()]);
    const unique = (wanted: string): string => {
      let name = wanted;
      for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
      taken.add(name);
      return name;
    };
    const nodes: Uint8Array[] = [];
    const tensors: Uint8Array[] = [];
    const constant = (name: string, value: HostArray): string => {
      tensors.push(writeTensor(name, value));
      return name;
    };
    const integers = (name: string, numbers: readonly number[]): string =>
      constant(unique(name), {
        shape: [numbers.length],
        dtype: 'int64',
        data: BigInt64Array.from(numbers, BigInt),
      });
    for (const [name, { value, repeatedFor }] of values) {
      if (repeatedFor === undefined) {
        constant(name, value);
        continue;
      }
      const one = constant(unique(`${name}_held`), value);
      const [shape, batch, sizes] = [unique(`${name}_shape`), unique(`${name}_batch`), unique(`${name}_sizes`)];
      const rest = integers(`${name}_rest`, value.shape.slice(1));
      nodes.push(
        writeNode({ opType: 'Shape', inputs: [repeatedFor], outputs: [shape] }),
        writeNode({
          opType: 'Gather',
          inputs: [shape, integers(`${name}_axis`, [0])],
          outputs: [batch],
          attributes: { axis: 0 },
        }),
        writeNode({ opType: 'Concat', inputs: [batch, rest], outputs: [sizes], attributes: { axis: 0 } }),
        writeNode({ opType: 'Expand', inputs: [one, sizes], outputs: [name] }),
      );
    }
    const isPort = (name: string): boolean =>
      Object.hasOwn(held, name) && !(file.irVersion < firstWithoutPorts && held[name]!.repeatedFor === undefined);
    const { graph } = field;
    return withGraph(
      file,
      joinBytes([
        ...nodes.map((node) => messageField(graph.node, node)),
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
