import type { DType, HostArray } from '@graft/tensor';
import { field, FunctionProto, NodeProto } from '../proto/schema.ts';
import { joinBytes, messageField } from '../proto/wire.ts';
import {
  type AttributeValue,
  GraphBytes,
  writeGraph,
  writeHeader,
  writeNode,
  writeOpset,
  writePort,
  writeTensor,
} from '../proto/write.ts';

/** A node: its operator, the names of its inputs and outputs, its attributes, its name. */
export type NodeSketch = readonly [
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, AttributeValue | undefined>>,
  name?: string,
];

/** Describes a graph. */
export interface GraphSketch {
  readonly inputs: Readonly<
    Record<string, { readonly dtype?: DType; readonly shape?: readonly (number | string | null)[] }>
  >;
  readonly outputs: readonly string[] | Readonly<Record<string, DType>>;
  readonly nodes: readonly NodeSketch[];
  readonly constants?: Readonly<Record<string, HostArray>>;
}

/** A function: an operator that a file defines in terms of others. */
export interface FunctionSketch {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeSketch[];
}

/** Describes a model. */
export interface ModelSketch extends GraphSketch {
  readonly functions?: readonly FunctionSketch[];
  /** Default 17. */
  readonly opset?: number;
  /** Versions of other operator sets. */
  readonly domains?: Readonly<Record<string, number>>;
  /** Default 8. */
  readonly irVersion?: number;
}

/** Writes a small ONNX file for tests. */
export function buildModel({
  opset = 17,
  domains = {},
  irVersion = 8,
  functions = [],
  ...sketch
}: ModelSketch): Uint8Array {
  const written = functions.map(({ domain, name, inputs, outputs, nodes }) =>
    FunctionProto.encode({
      domain,
      name,
      input: [...inputs],
      output: [...outputs],
      node: nodes.map((node) => NodeProto.decode(nodeBytes(node))),
      opsetImport: [{ domain: '', version: opset }],
    }),
  );
  return joinBytes([
    writeHeader(irVersion, 'graft-test'),
    messageField(field.model.graph, graphBytes(sketch)),
    writeOpset('', opset),
    ...Object.entries(domains).map(([domain, version]) => writeOpset(domain, version)),
    ...written.map((bytes) => messageField(field.model.functions, bytes)),
  ]);
}

/** A graph attribute: a branch, a loop's body. */
export const subgraph = (sketch: GraphSketch): GraphBytes => new GraphBytes(graphBytes(sketch));

const nodeBytes = ([opType, from, to, attributes, name]: NodeSketch): Uint8Array => {
  const [type, domain] = opType.split('.').reverse() as [string, string?];
  return writeNode({
    opType: type,
    inputs: from,
    outputs: to,
    ...(domain !== undefined && { domain: opType.slice(0, opType.lastIndexOf('.')) }),
    ...(attributes && { attributes }),
    ...(name && { name }),
  });
};

function graphBytes({ inputs, outputs, nodes, constants = {} }: GraphSketch): Uint8Array {
  const ports = Array.isArray(outputs)
    ? outputs.map((name: string) => [name, 'float32'] as const)
    : Object.entries(outputs as Record<string, DType>);
  return writeGraph({
    name: 'test',
    nodes: nodes.map(nodeBytes),
    initializers: Object.entries(constants).map(([name, tensor]) => writeTensor(name, tensor)),
    inputs: Object.entries(inputs).map(([name, { dtype = 'float32', shape }]) => writePort(name, dtype, shape)),
    outputs: ports.map(([name, dtype]) => writePort(name, dtype, undefined)),
  });
}

/** A constant of floats. */
export const floats = (
  shape: readonly number[],
  values: readonly number[] | ((index: number) => number),
): HostArray => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return {
    shape,
    dtype: 'float32',
    data:
      typeof values === 'function'
        ? Float32Array.from({ length: size }, (_, i) => values(i))
        : Float32Array.from(values),
  };
};
/** A constant of 64-bit integers: a shape, axes. */
export const longs = (values: readonly number[], shape: readonly number[] = [values.length]): HostArray => ({
  shape,
  dtype: 'int64',
  data: BigInt64Array.from(values, BigInt),
});
/** Deterministic numbers between -1 and 1. */
export const noise =
  (seed = 1) =>
  (index: number): number => {
    const x = Math.sin((index + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return (x - Math.floor(x)) * 2 - 1;
  };
/** A tensor in the file format of the ONNX backend suite. */
export const writeValue = (value: HostArray): Uint8Array => writeTensor('', value);
