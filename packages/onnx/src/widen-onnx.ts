import { widenedArray, isHalfType, typed } from './widen-halves.ts';
import type { ExternalData } from './proto/external-data.ts';
import type * as messages from './proto/messages.ts';
import { inFile, type OnnxFile, type OnnxSource, readModel } from './proto/read-model.ts';
import { readTensor } from './proto/read-tensor.ts';
import {
  type AttributeProto,
  field,
  FunctionProto,
  GraphProto,
  type NodeProto,
  StringStringEntryProto,
  type TensorProto,
  type TypeProto,
} from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { writeMetadata } from './proto/write.ts';

export interface WidenOptions {
  /** Metadata to replace, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Rewrites a file with float16 or bfloat16 values as one with float32: its weights, constants, casts, inputs and outputs. It computes the same, without rounding in between.
 * @throws if a tensor is damaged or missing
 */
export function widenOnnx(
  source: Uint8Array | OnnxSource | OnnxFile,
  { metadata = {} }: WidenOptions = {},
): Uint8Array {
  const file = 'opsets' in source ? source : readModel(source);
  try {
    const graph = GraphProto.encode(widenedGraph(GraphProto.decode(file.graph), file.external));
    const others = wireFields(file.bytes).flatMap(({ number, content, bytes }) => {
      if (number === field.model.graph) return [];
      if (number === field.model.functions) {
        const proto = FunctionProto.decode(content!);
        const node = (proto.node ?? []).map((one) => widenedNode(one, file.external));
        return [messageField(number, FunctionProto.encode({ ...proto, node }))];
      }
      const isReplaced =
        number === field.model.metadata && Object.hasOwn(metadata, StringStringEntryProto.decode(content!).key ?? '');
      return isReplaced ? [] : [bytes];
    });
    return joinBytes([
      ...others,
      messageField(field.model.graph, graph),
      ...Object.entries(metadata).map(([key, value]) => writeMetadata(key, value)),
    ]);
  } catch (error) {
    throw inFile(error, file.name);
  }
}

function widenedGraph(graph: GraphProto, external: ExternalData): GraphProto {
  const port = (one: messages.ValueInfoProto): messages.ValueInfoProto =>
    one.type ? { ...one, type: widenedType(one.type) } : one;
  return {
    ...graph,
    node: (graph.node ?? []).map((node) => widenedNode(node, external)),
    initializer: (graph.initializer ?? []).map((one) => widenedTensor(one, external)),
    input: (graph.input ?? []).map(port),
    output: (graph.output ?? []).map(port),
    valueInfo: (graph.valueInfo ?? []).map(port),
  };
}

const widenedNode = (node: NodeProto, external: ExternalData): NodeProto => ({
  ...node,
  attribute: (node.attribute ?? []).map((one) => widenedAttribute(one, external)),
});

const widenedAttribute = (proto: AttributeProto, external: ExternalData): AttributeProto => ({
  ...proto,
  ...(typed.has(proto.name ?? '') && isHalfType(proto.i) && { i: 1n }),
  ...(proto.t && { t: widenedTensor(proto.t, external) }),
  ...(proto.g && { g: widenedGraph(proto.g, external) }),
  ...(proto.graphs && { graphs: proto.graphs.map((one) => widenedGraph(one, external)) }),
  ...(proto.tp && { tp: widenedType(proto.tp) }),
});

function widenedTensor(proto: TensorProto, external: ExternalData): TensorProto {
  if (!isHalfType(proto.dataType)) return proto;
  const { data } = widenedArray(readTensor(proto, `Tensor "${proto.name ?? ''}"`, external));
  return {
    ...(proto.name && { name: proto.name }),
    ...(proto.dims && { dims: proto.dims }),
    dataType: 1,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function widenedType(type: TypeProto): TypeProto {
  const { tensorType, sequenceType, optionalType } = type;
  return {
    ...type,
    ...(tensorType && isHalfType(tensorType.elemType) && { tensorType: { ...tensorType, elemType: 1 } }),
    ...(sequenceType?.elemType && {
      sequenceType: { ...sequenceType, elemType: widenedType(sequenceType.elemType) },
    }),
    ...(optionalType?.elemType && {
      optionalType: { ...optionalType, elemType: widenedType(optionalType.elemType) },
    }),
  };
}
