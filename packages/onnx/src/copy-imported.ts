import { type HostArray, isHalf, toArray } from '@graft/tensor';
import { forInference } from './for-inference.ts';
import { isConstant, neededNodes } from './needed-nodes.ts';
import type { OnnxModel } from './onnx-model.ts';
import { type ExternalSink, movedOut } from './proto/move-out.ts';
import type { OnnxConstant, OnnxNode } from './proto/read-model.ts';
import { AttributeProto, field, toInteger, ValueInfoProto } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { attributeFields, writeNode, writeTensor } from './proto/write.ts';

/** The part of a file that a cut model needs, as bytes. */
export interface CopiedPart {
  readonly nodes: readonly Uint8Array[];
  /** @param sink receives the values, if they are stored outside the file */
  initializers(sink?: ExternalSink): readonly Uint8Array[];
  /** Graph inputs, including initializers if the file lists them there. */
  readonly inputs: readonly Uint8Array[];
  /** All other fields of the graph except outputs: documentation, shapes of values, fields newer than our schema. */
  readonly others: readonly Uint8Array[];
  readonly name: string;
  /** All names used in the part. */
  readonly names: ReadonlySet<string>;
}

const nameOf = (message: Uint8Array, number: number): string => {
  const found = wireFields(message).find((one) => one.number === number)?.content;
  return found ? new TextDecoder().decode(found) : '';
};
/** The name of a graph's input or output. */
export const nameOfPort = (port: Uint8Array): string => nameOf(port, nameField.valueInfo);
/** The field that holds the name, in the messages of a graph. */
const nameField = { initializer: 8, valueInfo: 1 };

/**
 * Copies the part of a file that a model needs, byte for byte, and inserts weights that have changed or are in external files. Nodes in training mode are
 * written for inference.
 */
export function copyImported(model: OnnxModel): CopiedPart {
  const { file, outputs } = model;
  const nodes = neededNodes(file, outputs);
  const names = new Set([
    ...nodes.flatMap((node) => [...node.inputs, ...node.outputs, ...node.attributes.captured]),
    ...outputs,
  ]);
  names.delete('');
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const read = new Set([...nodes.flatMap((node) => [...node.inputs, ...node.attributes.captured]), ...outputs]);
  const isUsed = (name: string): boolean => read.has(name);
  const isHeld = (name: string): boolean => file.constants.has(name) || file.handedOut.has(name);
  const fields = wireFields(file.graph);
  const messages = (number: number): Uint8Array[] =>
    fields.flatMap((one) => (one.number === number ? [one.content!] : []));
  const { graph } = field;
  // Shapes of removed values, quantisation annotations and outputs are dropped.
  const others = fields.filter(({ number, content }) => {
    if (number === graph.valueInfo)
      return (
        made.has(nameOf(content!, nameField.valueInfo)) && !outputs.includes(nameOf(content!, nameField.valueInfo))
      );
    return ![graph.node, graph.name, graph.initializer, graph.input, graph.output, quantisation].includes(
      number as never,
    );
  });
  return {
    nodes: nodes.map((node) => forInference(node, withWeight(node, model), isHeld, isUsed)),
    initializers: (sink) =>
      messages(graph.initializer)
        .filter((bytes) => names.has(nameOf(bytes, nameField.initializer)))
        .map((bytes) => {
          const name = nameOf(bytes, nameField.initializer);
          const value =
            trained(model, name, file.constants.get(name)!) ??
            (liesElsewhere(bytes) ? file.constants.get(name)!.read() : undefined);
          const written = value ? writeTensor(name, value) : bytes;
          return sink ? movedOut(written, sink) : written;
        }),
    inputs: messages(graph.input)
      .filter((bytes) => names.has(nameOf(bytes, nameField.valueInfo)))
      .map(withOpenDims),
    others: others.map((one) => one.bytes),
    name: new TextDecoder().decode(fields.find((one) => one.number === graph.name)?.content ?? new Uint8Array()),
    names: new Set([...names, ...nodes.map((node) => node.name)]),
  };
}

/** A port whose sizes of 0 and below, which some exporters write for open dimensions, are open: onnxruntime takes 0 literally. */
function withOpenDims(port: Uint8Array): Uint8Array {
  const proto = ValueInfoProto.decode(port);
  const dims = proto.type?.tensorType?.shape?.dim ?? [];
  const isEmpty = ({ dimParam, dimValue }: (typeof dims)[number]): boolean =>
    !dimParam && dimValue !== undefined && dimValue !== null && toInteger(dimValue) <= 0;
  if (!dims.some(isEmpty)) return port;
  proto.type!.tensorType!.shape!.dim = dims.map((dim) => (isEmpty(dim) ? {} : dim));
  return ValueInfoProto.encode(proto);
}

const quantisation = 14;

/** A node as in the file; nodes that hold or forward a trained tensor get its new values. */
function withWeight(node: OnnxNode, model: OnnxModel): Uint8Array {
  const [name = ''] = node.outputs;
  const constant = (isConstant(node) ? model.file.constants : model.file.handedOut).get(name);
  const held = wireFields(node.bytes).find(
    (one) => one.number === attributeNumber && nameOf(one.content!, 1) === 'value',
  )?.content;
  const tensor = held && wireFields(held).find((one) => one.number === tensorOfAttribute)?.content;
  const value =
    constant && (trained(model, name, constant) ?? (tensor && liesElsewhere(tensor) ? constant.read() : undefined));
  if (!value) return node.bytes;
  if (!isConstant(node))
    return writeNode({ opType: 'Constant', inputs: [], outputs: [name], name: node.name, attributes: { value } });
  const attribute = AttributeProto.encode({ name: 'value', ...attributeFields('value', value) });
  return joinBytes(
    wireFields(node.bytes).map((one) =>
      one.number === attributeNumber && nameOf(one.content!, 1) === 'value'
        ? messageField(attributeNumber, attribute)
        : one.bytes,
    ),
  );
}

const attributeNumber = 5;
const tensorOfAttribute = 5;
const externalData = 13;

/** Whether a tensor's values are in an external file; they are written inline. */
const liesElsewhere = (tensor: Uint8Array): boolean => wireFields(tensor).some(({ number }) => number === externalData);

/** A weight's values, if they differ from those in the file. */
function trained(model: OnnxModel, name: string, constant: OnnxConstant): HostArray | undefined {
  const parameter = model.weights.get(name);
  if (!parameter) return undefined;
  const { shape, dtype } = parameter.value;
  const now = parameter.value.arraySync();
  const old = constant.read();
  if (!isHalf(old.dtype) || dtype === old.dtype)
    return sameBytes(now, old.data) ? undefined : { shape, dtype, data: now };
  const data = toArray(now as Float32Array, old.dtype);
  expectInRange(now as Float32Array, old, name);
  return sameBytes(data, old.data) ? undefined : { shape, dtype: old.dtype, data };
}

/** @throws if a trained number is too large for the 16-bit floats of the file */
function expectInRange(values: Float32Array, { dtype }: HostArray, name: string): void {
  if (dtype !== 'float16') return;
  // The least number that rounds to infinity.
  const over = values.find((one) => Number.isFinite(one) && Math.abs(one) >= 65520);
  if (over === undefined) return;
  throw new Error(
    `The tensor "${name}" is float16 in the file, but one of its trained values is ${over}, beyond 65504. Train with a lower learning rate, or rewrite the file in float32 with widenOnnx() first.`,
  );
}

/** Compares bits, so -0 differs from 0 and NaN equals itself; a plain loop, because weights can be hundreds of megabytes. */
function sameBytes(a: HostArray['data'], b: HostArray['data']): boolean {
  const bytes = (array: HostArray['data']): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const [now, before] = [bytes(a), bytes(b)];
  if (now.length !== before.length) return false;
  for (let i = 0; i < now.length; i++) if (now[i] !== before[i]) return false;
  return true;
}
