import type { DType, HostArray } from '@graft/tensor';
import { dataTypeOf } from './data-types.ts';
import {
  field,
  GraphProto,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  StringStringEntryProto,
  TensorProto,
  ValueInfoProto,
} from './schema.ts';
import { joinBytes, messageField } from './wire.ts';

/** An attribute's value. Integers and BigInts are written as ints; use `float(1)` for a float. */
export type AttributeValue =
  | number
  | bigint
  | string
  | boolean
  | Float
  | HostArray
  | GraphBytes
  | readonly (number | bigint)[]
  | readonly Float[]
  | readonly string[];

/** A number that is written as a float even if it is an integer. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
/** Marks a number to be written as a float even if it is an integer. */
export const float = (value: number): Float => new Float(value);

/** A graph written as an attribute, such as a branch of an If. */
export class GraphBytes {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A node to be written. */
export interface NodeToWrite {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>;
}

export function writeNode({ opType, inputs, outputs, name, domain, attributes = {} }: NodeToWrite): Uint8Array {
  const attribute = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ name: key, ...attributeFields(key, value) }],
  );
  return NodeProto.encode({
    opType,
    input: [...inputs],
    output: [...outputs],
    attribute,
    ...(name && { name }),
    ...(domain && { domain }),
  });
}

export function attributeFields(name: string, value: AttributeValue): object {
  if (value instanceof Float) return { type: 1, f: value.value };
  if (value instanceof GraphBytes) return { type: 5, g: GraphProto.decode(value.bytes) };
  if (typeof value === 'string') return { type: 3, s: new TextEncoder().encode(value) };
  if (typeof value === 'boolean') return { type: 2, i: Number(value) };
  if (typeof value === 'bigint') return { type: 2, i: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { type: 2, i: value } : { type: 1, f: value };
  if (isHostArray(value)) return { type: 4, t: tensorFields(name, value) };
  if (value[0] instanceof Float) return { type: 6, floats: value.map((one) => (one as Float).value) };
  if (typeof value[0] === 'string')
    return { type: 8, strings: value.map((one) => new TextEncoder().encode(one as string)) };
  return { type: 7, ints: value };
}

const isHostArray = (value: AttributeValue): value is HostArray => typeof value === 'object' && 'data' in value;
const tensorFields = (name: string, { shape, dtype, data }: HostArray): object => ({
  name,
  dims: [...shape],
  dataType: dataTypeOf(dtype),
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

export const writeTensor = (name: string, tensor: HostArray): Uint8Array =>
  TensorProto.encode(tensorFields(name, tensor));

/** A graph's input or output. A dimension is a size, a name, or null if it is dynamic. */
export const writePort = (
  name: string,
  dtype: DType,
  shape: readonly (number | string | null)[] | undefined,
): Uint8Array =>
  ValueInfoProto.encode({
    name,
    type: {
      tensorType: {
        elemType: dataTypeOf(dtype),
        ...(shape && {
          shape: {
            dim: shape.map((dim) =>
              typeof dim === 'number' ? { dimValue: dim } : dim === null ? {} : { dimParam: dim },
            ),
          },
        }),
      },
    },
  });

/** Assembles a graph from its encoded parts. */
export interface GraphToWrite {
  readonly name: string;
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /** Fields of the graph that are copied unchanged. */
  readonly others?: readonly Uint8Array[];
}

/** Protobuf messages are shorter than 2 GiB; this leaves room for the fields around the graph. */
const largest = 2 ** 31 - 2 ** 20;

/** @throws if the model is too large for a file */
export function writeGraph({ name, nodes, initializers, inputs, outputs, others = [] }: GraphToWrite): Uint8Array {
  const fields = (number: number, messages: readonly Uint8Array[]): Uint8Array[] =>
    messages.map((message) => messageField(number, message));
  const { graph } = field;
  const bytes = [...nodes, ...initializers, ...others].reduce((sum, part) => sum + part.length, 0);
  if (bytes > largest)
    throw new Error(
      `The model would have ${bytes} bytes, but an ONNX file is limited to 2 GiB. Write it with writeOnnx(path, model, { externalData: true }) of @graft/onnx/node, or pass an external file for the weights to exportOnnx: externalData.`,
    );
  return joinBytes([
    ...fields(graph.node, nodes),
    messageField(graph.name, new TextEncoder().encode(name)),
    ...fields(graph.initializer, initializers),
    ...fields(graph.input, inputs),
    ...fields(graph.output, outputs),
    ...others,
  ]);
}

export const writeOpset = (domain: string, version: number): Uint8Array =>
  messageField(field.model.opsetImport, OperatorSetIdProto.encode({ domain, version }));
export const writeMetadata = (key: string, value: string): Uint8Array =>
  messageField(field.model.metadata, StringStringEntryProto.encode({ key, value }));
/** The fields of a new model, except its graph. */
export const writeHeader = (irVersion: number, producer: string): Uint8Array =>
  ModelProto.encode({ irVersion, producerName: producer });
