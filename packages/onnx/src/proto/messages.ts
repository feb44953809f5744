// The messages of onnx.proto up to IR 14. Fields are optional, because files are not trusted.
import type { Integer } from './message.ts';

/** An attribute of a node. */
export interface AttributeProto {
  name?: string | null;
  refAttrName?: string | null;
  docString?: string | null;
  type?: number | null;
  f?: number | null;
  i?: Integer | null;
  s?: Uint8Array | null;
  t?: TensorProto | null;
  g?: GraphProto | null;
  sparseTensor?: SparseTensorProto | null;
  tp?: TypeProto | null;
  floats?: number[] | null;
  ints?: Integer[] | null;
  strings?: Uint8Array[] | null;
  tensors?: TensorProto[] | null;
  graphs?: GraphProto[] | null;
  sparseTensors?: SparseTensorProto[] | null;
  typeProtos?: TypeProto[] | null;
}

/** An input, an output, or a value whose type is known. */
export interface ValueInfoProto {
  name?: string | null;
  type?: TypeProto | null;
  docString?: string | null;
  metadataProps?: StringStringEntryProto[] | null;
}

/** A node of a graph. */
export interface NodeProto {
  input?: string[] | null;
  output?: string[] | null;
  name?: string | null;
  opType?: string | null;
  domain?: string | null;
  attribute?: AttributeProto[] | null;
  docString?: string | null;
  overload?: string | null;
  metadataProps?: StringStringEntryProto[] | null;
  deviceConfigurations?: Uint8Array[] | null;
}

/** How a graph is trained, as far as the file says. */
export interface TrainingInfoProto {
  initialization?: GraphProto | null;
  algorithm?: GraphProto | null;
  initializationBinding?: StringStringEntryProto[] | null;
  updateBinding?: StringStringEntryProto[] | null;
}

/** A whole file. */
export interface ModelProto {
  irVersion?: Integer | null;
  opsetImport?: OperatorSetIdProto[] | null;
  producerName?: string | null;
  producerVersion?: string | null;
  domain?: string | null;
  modelVersion?: Integer | null;
  docString?: string | null;
  graph?: GraphProto | null;
  metadataProps?: StringStringEntryProto[] | null;
  trainingInfo?: TrainingInfoProto[] | null;
  functions?: FunctionProto[] | null;
  configuration?: Uint8Array[] | null;
}

/** An entry of the metadata. */
export interface StringStringEntryProto {
  key?: string | null;
  value?: string | null;
}

/** Quantization parameters of a tensor. */
export interface TensorAnnotation {
  tensorName?: string | null;
  quantParameterTensorNames?: StringStringEntryProto[] | null;
}

/** A graph. */
export interface GraphProto {
  node?: NodeProto[] | null;
  name?: string | null;
  initializer?: TensorProto[] | null;
  sparseInitializer?: SparseTensorProto[] | null;
  docString?: string | null;
  input?: ValueInfoProto[] | null;
  output?: ValueInfoProto[] | null;
  valueInfo?: ValueInfoProto[] | null;
  quantizationAnnotation?: TensorAnnotation[] | null;
  metadataProps?: StringStringEntryProto[] | null;
}

/** Values. */
export interface TensorProto {
  dims?: Integer[] | null;
  dataType?: number | null;
  segment?: SegmentProto | null;
  floatData?: number[] | null;
  int32Data?: number[] | null;
  stringData?: Uint8Array[] | null;
  int64Data?: Integer[] | null;
  name?: string | null;
  docString?: string | null;
  rawData?: Uint8Array | null;
  externalData?: StringStringEntryProto[] | null;
  dataLocation?: number | null;
  doubleData?: number[] | null;
  uint64Data?: Integer[] | null;
  metadataProps?: StringStringEntryProto[] | null;
}

/** Part of a tensor. */
export interface SegmentProto {
  begin?: Integer | null;
  end?: Integer | null;
}

/** Values with their places. */
export interface SparseTensorProto {
  values?: TensorProto | null;
  indices?: TensorProto | null;
  dims?: Integer[] | null;
}

/** A shape. */
export interface TensorShapeProto {
  dim?: DimensionProto[] | null;
}

/** One dimension: a size, or a name. */
export interface DimensionProto {
  dimValue?: Integer | null;
  dimParam?: string | null;
  denotation?: string | null;
}

/** The type of a value. */
export interface TypeProto {
  tensorType?: TensorTypeProto | null;
  sequenceType?: SequenceTypeProto | null;
  mapType?: MapTypeProto | null;
  optionalType?: OptionalTypeProto | null;
  sparseTensorType?: SparseTensorTypeProto | null;
  opaqueType?: OpaqueTypeProto | null;
  denotation?: string | null;
}

/** Element type and shape. */
export interface TensorTypeProto {
  elemType?: number | null;
  shape?: TensorShapeProto | null;
}

/** A sequence of one type. */
export interface SequenceTypeProto {
  elemType?: TypeProto | null;
}

/** Keys and values. */
export interface MapTypeProto {
  keyType?: number | null;
  valueType?: TypeProto | null;
}

/** A value that may be missing. */
export interface OptionalTypeProto {
  elemType?: TypeProto | null;
}

/** Element type and shape of a sparse tensor. */
export interface SparseTensorTypeProto {
  elemType?: number | null;
  shape?: TensorShapeProto | null;
}

/** A type that only its domain knows. */
export interface OpaqueTypeProto {
  domain?: string | null;
  name?: string | null;
}

/** An operator set. */
export interface OperatorSetIdProto {
  domain?: string | null;
  version?: Integer | null;
}

/** A function that nodes call. */
export interface FunctionProto {
  name?: string | null;
  input?: string[] | null;
  output?: string[] | null;
  attribute?: string[] | null;
  node?: NodeProto[] | null;
  docString?: string | null;
  opsetImport?: OperatorSetIdProto[] | null;
  domain?: string | null;
  attributeProto?: AttributeProto[] | null;
  valueInfo?: ValueInfoProto[] | null;
  overload?: string | null;
  metadataProps?: StringStringEntryProto[] | null;
}
