import { type Integer, message, type MessageType } from './message.ts';
import type * as messages from './messages.ts';

// Field numbers of onnx.proto up to IR 14. Device configurations concern other runtimes, and are kept as bytes.

export const StringStringEntryProto: MessageType<messages.StringStringEntryProto> =
  message<messages.StringStringEntryProto>({
    key: [1, 'string'],
    value: [2, 'string'],
  });

export const OperatorSetIdProto: MessageType<messages.OperatorSetIdProto> = message<messages.OperatorSetIdProto>({
  domain: [1, 'name'],
  version: [2, 'int64'],
});

const Segment: MessageType<messages.SegmentProto> = message<messages.SegmentProto>({
  begin: [1, 'int64'],
  end: [2, 'int64'],
});

export const TensorProto: MessageType<messages.TensorProto> = message<messages.TensorProto>({
  dims: [1, 'int64', 'packed'],
  dataType: [2, 'int32'],
  segment: [3, () => Segment],
  floatData: [4, 'float', 'packed'],
  int32Data: [5, 'int32', 'packed'],
  stringData: [6, 'bytes', 'repeated'],
  int64Data: [7, 'int64', 'packed'],
  name: [8, 'name'],
  rawData: [9, 'bytes'],
  doubleData: [10, 'double', 'packed'],
  uint64Data: [11, 'uint64', 'packed'],
  docString: [12, 'string'],
  externalData: [13, () => StringStringEntryProto, 'repeated'],
  dataLocation: [14, 'int32'],
  metadataProps: [16, () => StringStringEntryProto, 'repeated'],
});

const SparseTensorProto: MessageType<messages.SparseTensorProto> = message<messages.SparseTensorProto>({
  values: [1, () => TensorProto],
  indices: [2, () => TensorProto],
  dims: [3, 'int64', 'packed'],
});

const DimensionProto: MessageType<messages.DimensionProto> = message<messages.DimensionProto>({
  dimValue: [1, 'int64'],
  dimParam: [2, 'name'],
  denotation: [3, 'string'],
});
const TensorShapeProto: MessageType<messages.TensorShapeProto> = message<messages.TensorShapeProto>({
  dim: [1, () => DimensionProto, 'repeated'],
});
const TensorTypeProto: MessageType<messages.TensorTypeProto> = message<messages.TensorTypeProto>({
  elemType: [1, 'int32'],
  shape: [2, () => TensorShapeProto],
});
const SequenceTypeProto: MessageType<messages.SequenceTypeProto> = message<messages.SequenceTypeProto>({
  elemType: [1, () => TypeProto],
});
const MapTypeProto: MessageType<messages.MapTypeProto> = message<messages.MapTypeProto>({
  keyType: [1, 'int32'],
  valueType: [2, () => TypeProto],
});
const OptionalTypeProto: MessageType<messages.OptionalTypeProto> = message<messages.OptionalTypeProto>({
  elemType: [1, () => TypeProto],
});
const SparseTensorTypeProto: MessageType<messages.SparseTensorTypeProto> = message<messages.SparseTensorTypeProto>({
  elemType: [1, 'int32'],
  shape: [2, () => TensorShapeProto],
});
const OpaqueTypeProto: MessageType<messages.OpaqueTypeProto> = message<messages.OpaqueTypeProto>({
  domain: [1, 'name'],
  name: [2, 'name'],
});
export const TypeProto: MessageType<messages.TypeProto> = message<messages.TypeProto>({
  tensorType: [1, () => TensorTypeProto],
  sequenceType: [4, () => SequenceTypeProto],
  mapType: [5, () => MapTypeProto],
  denotation: [6, 'string'],
  opaqueType: [7, () => OpaqueTypeProto],
  sparseTensorType: [8, () => SparseTensorTypeProto],
  optionalType: [9, () => OptionalTypeProto],
});

export const ValueInfoProto: MessageType<messages.ValueInfoProto> = message<messages.ValueInfoProto>({
  name: [1, 'name'],
  type: [2, () => TypeProto],
  docString: [3, 'string'],
  metadataProps: [4, () => StringStringEntryProto, 'repeated'],
});

export const AttributeProto: MessageType<messages.AttributeProto> = message<messages.AttributeProto>({
  name: [1, 'name'],
  f: [2, 'float'],
  i: [3, 'int64'],
  s: [4, 'bytes'],
  t: [5, () => TensorProto],
  g: [6, () => GraphProto],
  floats: [7, 'float', 'packed'],
  ints: [8, 'int64', 'packed'],
  strings: [9, 'bytes', 'repeated'],
  tensors: [10, () => TensorProto, 'repeated'],
  graphs: [11, () => GraphProto, 'repeated'],
  docString: [13, 'string'],
  tp: [14, () => TypeProto],
  typeProtos: [15, () => TypeProto, 'repeated'],
  type: [20, 'int32'],
  refAttrName: [21, 'name'],
  sparseTensor: [22, () => SparseTensorProto],
  sparseTensors: [23, () => SparseTensorProto, 'repeated'],
});

export const NodeProto: MessageType<messages.NodeProto> = message<messages.NodeProto>(
  {
    input: [1, 'name', 'repeated'],
    output: [2, 'name', 'repeated'],
    name: [3, 'name'],
    opType: [4, 'name'],
    attribute: [5, () => AttributeProto, 'repeated'],
    docString: [6, 'string'],
    domain: [7, 'name'],
    overload: [8, 'name'],
    metadataProps: [9, () => StringStringEntryProto, 'repeated'],
    deviceConfigurations: [10, 'bytes', 'repeated'],
  },
  true,
);

const TensorAnnotation: MessageType<messages.TensorAnnotation> = message<messages.TensorAnnotation>({
  tensorName: [1, 'name'],
  quantParameterTensorNames: [2, () => StringStringEntryProto, 'repeated'],
});

export const GraphProto: MessageType<messages.GraphProto> = message<messages.GraphProto>({
  node: [1, () => NodeProto, 'repeated'],
  name: [2, 'name'],
  initializer: [5, () => TensorProto, 'repeated'],
  docString: [10, 'string'],
  input: [11, () => ValueInfoProto, 'repeated'],
  output: [12, () => ValueInfoProto, 'repeated'],
  valueInfo: [13, () => ValueInfoProto, 'repeated'],
  quantizationAnnotation: [14, () => TensorAnnotation, 'repeated'],
  sparseInitializer: [15, () => SparseTensorProto, 'repeated'],
  metadataProps: [16, () => StringStringEntryProto, 'repeated'],
});

export const FunctionProto: MessageType<messages.FunctionProto> = message<messages.FunctionProto>({
  name: [1, 'name'],
  input: [4, 'name', 'repeated'],
  output: [5, 'name', 'repeated'],
  attribute: [6, 'name', 'repeated'],
  node: [7, () => NodeProto, 'repeated'],
  docString: [8, 'string'],
  opsetImport: [9, () => OperatorSetIdProto, 'repeated'],
  domain: [10, 'name'],
  attributeProto: [11, () => AttributeProto, 'repeated'],
  valueInfo: [12, () => ValueInfoProto, 'repeated'],
  overload: [13, 'name'],
  metadataProps: [14, () => StringStringEntryProto, 'repeated'],
});

const TrainingInfoProto: MessageType<messages.TrainingInfoProto> = message<messages.TrainingInfoProto>({
  initialization: [1, () => GraphProto],
  algorithm: [2, () => GraphProto],
  initializationBinding: [3, () => StringStringEntryProto, 'repeated'],
  updateBinding: [4, () => StringStringEntryProto, 'repeated'],
});

export const ModelProto: MessageType<messages.ModelProto> = message<messages.ModelProto>({
  irVersion: [1, 'int64'],
  producerName: [2, 'name'],
  producerVersion: [3, 'name'],
  domain: [4, 'name'],
  modelVersion: [5, 'int64'],
  docString: [6, 'string'],
  graph: [7, () => GraphProto],
  opsetImport: [8, () => OperatorSetIdProto, 'repeated'],
  metadataProps: [14, () => StringStringEntryProto, 'repeated'],
  trainingInfo: [20, () => TrainingInfoProto, 'repeated'],
  functions: [25, () => FunctionProto, 'repeated'],
  configuration: [26, 'bytes', 'repeated'],
});

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

/** Converts an int64 of a message exactly. */
export const toBigInt = (value: unknown): bigint => BigInt(value as Integer);

/** Converts an int64 used as a count or index. @throws if a double cannot represent it exactly */
export function toInteger(value: unknown): number {
  const exact = toBigInt(value);
  if (exact > BigInt(Number.MAX_SAFE_INTEGER) || exact < BigInt(Number.MIN_SAFE_INTEGER))
    throw new Error(`The file has the integer ${exact}, which is not between -(2^53 - 1) and 2^53 - 1.`);
  return Number(exact);
}

const decoder = new TextDecoder('utf-8', { fatal: false });
/** Decodes a text that the schema declares as bytes. */
export const toText = (bytes: Uint8Array | null | undefined): string => (bytes ? decoder.decode(bytes) : '');
