import onnxProto from 'onnx-proto'; // CommonJS: only the default import works under Node's ESM
import type * as messages from './messages.ts';

/** onnx-proto's messages (IR 8). They are not used outside this folder: their integers are Longs. */
export const {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
  StringStringEntryProto,
  OperatorSetIdProto,
} = onnxProto.onnx as unknown as {
  readonly AttributeProto: messages.MessageType<messages.AttributeProto>;
  readonly FunctionProto: messages.MessageType<messages.FunctionProto>;
  readonly GraphProto: messages.MessageType<messages.GraphProto>;
  readonly ModelProto: messages.MessageType<messages.ModelProto>;
  readonly NodeProto: messages.MessageType<messages.NodeProto>;
  readonly TensorProto: messages.MessageType<messages.TensorProto>;
  readonly ValueInfoProto: messages.MessageType<messages.ValueInfoProto>;
  readonly StringStringEntryProto: messages.MessageType<messages.StringStringEntryProto>;
  readonly OperatorSetIdProto: messages.MessageType<messages.OperatorSetIdProto>;
};
export type ModelProto = messages.ModelProto;
export type GraphProto = messages.GraphProto;
export type AttributeProto = messages.AttributeProto;
export type TensorProto = messages.TensorProto;
export type TypeProto = messages.TypeProto;
export type NodeProto = messages.NodeProto;
export type FunctionProto = messages.FunctionProto;

/** Field numbers of onnx.proto used by the wire-level code. */
export const field = {
  model: { irVersion: 1, producerName: 2, producerVersion: 3, graph: 7, opsetImport: 8, metadata: 14, functions: 25 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13 },
} as const;

/** Converts an int64 of a message, a Long, exactly. */
export function toBigInt(value: unknown): bigint {
  if (typeof value === 'object' && value !== null && 'high' in value && 'low' in value)
    return (BigInt(value.high as number) << 32n) | BigInt((value.low as number) >>> 0);
  return BigInt(value as number);
}

/** Converts an int64 used as a count or index. @throws if a double cannot represent it exactly */
export function toInteger(value: unknown): number {
  const exact = toBigInt(value);
  if (exact > BigInt(Number.MAX_SAFE_INTEGER) || exact < BigInt(Number.MIN_SAFE_INTEGER))
    throw new Error(`${exact} is too large.`);
  return Number(exact);
}

const decoder = new TextDecoder('utf-8', { fatal: false });
/** Decodes a text that the schema declares as bytes. */
export const toText = (bytes: Uint8Array | null | undefined): string => (bytes ? decoder.decode(bytes) : '');
