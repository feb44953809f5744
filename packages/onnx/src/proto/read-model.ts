import { brief, oneLine } from '@graft/plugin';
import type { HostArray } from '@graft/tensor';
import { Attributes } from './attributes.ts';
import { dataTypeName } from './data-types.ts';
import { OverBudget } from './decoding-budget.ts';
import { foreignFormat } from './foreign-format.ts';
import { externalData, type ExternalData, type ExternalFiles } from './external-data.ts';
import { mostDims, readTensor } from './read-tensor.ts';
import {
  field,
  type FunctionProto,
  type GraphProto,
  ModelProto,
  type NodeProto,
  toInteger,
  type TypeProto,
} from './schema.ts';
import { sortNodes } from './sort-nodes.ts';
import { type WireField, wireFields } from './wire.ts';

/** An ONNX file's bytes, with its external files if any. */
export interface OnnxSource {
  readonly model: Uint8Array;
  readonly externalData?: ExternalFiles;
  /** Its name in messages; default "model.onnx". */
  readonly name?: string;
}

/** An input or output of a file. */
export interface ValuePort {
  readonly name: string;
  /** A dtype, or ONNX's name of an unsupported type. */
  readonly dtype: string;
  /** A number, a name such as "N", or null if unspecified; undefined if even the rank is unknown. */
  readonly shape: readonly (number | string | null)[] | undefined;
}

/** A node of a file. */
export interface OnnxNode {
  /** As in the file; `Conv_3` if it has none. */
  readonly name: string;
  readonly opType: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Names of values; empty for an omitted optional one. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
  /** The node as in the file. */
  readonly bytes: Uint8Array;
}

/** A tensor of a file, read on demand. */
export interface OnnxConstant {
  readonly name: string;
  /** The initializer as in the file, or its Constant node. */
  readonly from: Uint8Array | OnnxNode;
  /** Counts values outside the file before any are read. @throws if tensors need much more than the other files have */
  reserve?(): void;
  /** @throws if the values are damaged or missing */
  read(): HostArray;
}

/** A file as read, validated as one graph in which every value has one source. */
export interface OnnxFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly graph: Uint8Array;
  readonly irVersion: number;
  /** Versions of the operator sets by domain; ONNX's own under ''. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
  /** Graph inputs that are not initializers. */
  readonly inputs: readonly ValuePort[];
  readonly outputs: readonly ValuePort[];
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  /** Initializers and Constant nodes of tensors, by value name. */
  readonly constants: ReadonlyMap<string, OnnxConstant>;
  /**
   * Constants that an Identity node exposes under another name: PyTorch writes tensors of equal values once. In training
   * they are separate parameters.
   */
  readonly handedOut: ReadonlyMap<string, OnnxConstant>;
  /** Functions that the file defines, by {@link functionKey}. */
  readonly functions: ReadonlyMap<string, FunctionProto>;
  /** Reads values outside the file. */
  readonly external: ExternalData;
}

/** The key of a function of a file. */
export const functionKey = (domain: string, opType: string): string => `${domain}:${opType}`;

/**
 * Reads an ONNX file without building anything from it.
 * @throws an error that names the file, node or tensor if the file is not an ONNX file, damaged, or not a graph
 */
export function readModel(source: Uint8Array | OnnxSource): OnnxFile {
  const {
    model: bytes,
    externalData: files,
    name = 'model.onnx',
  } = source instanceof Uint8Array ? { model: source } : source;
  const proto = decode(bytes, name);
  try {
    return checkedFile(proto, bytes, name, externalData(files));
  } catch (error) {
    throw inFile(error, name);
  }
}

/** Adds the file's name to an error. */
export const inFile = (error: unknown, name: string): Error =>
  new Error(`${name}: ${shortened(brief(oneLine((error as Error).message, Infinity)))}`, { cause: error });

/** Characters of a message about a file: its beginning and its end. Names with quotes in them are not shortened one by one. */
const [head, tail] = [650, 200];
const shortened = (message: string): string =>
  message.length > head + tail ? `${message.slice(0, head)}…${message.slice(-tail)}` : message;

/** Decodes a file's bytes. @throws if they are not an ONNX model */
export function decode(bytes: Uint8Array, name: string): ModelProto {
  let proto: ModelProto;
  try {
    proto = ModelProto.decode(bytes);
  } catch (error) {
    expectOwnFormat(bytes, name);
    const [size, why] = [`${bytes.length} bytes`, (error as Error).message];
    throw new Error(
      error instanceof OverBudget
        ? `${name} (${size}) ${why}. Do not trust this model, or export it again in a simpler form.`
        : `${name} (${size}) is not an ONNX model, or is truncated: ${why}. Download or export it again.`,
      { cause: error },
    );
  }
  if (!proto.graph || !proto.graph.node?.length) {
    expectOwnFormat(bytes, name);
    throw new Error(`${name} (${bytes.length} bytes) is not an ONNX model: it has no graph of nodes.`);
  }
  return proto;
}

/** @throws if a file is of another format that is known */
function expectOwnFormat(bytes: Uint8Array, name: string): void {
  const found = foreignFormat(bytes, name);
  if (found !== undefined) throw new Error(`${name} is not an ONNX model: it ${found}`);
}

function checkedFile(proto: ModelProto, bytes: Uint8Array, name: string, external: ExternalData): OnnxFile {
  const graph = proto.graph!;
  const opsets = new Map(
    (proto.opsetImport ?? []).map(({ domain, version }) => [plainDomain(domain), toInteger(version ?? 1)]),
  );
  if (!opsets.has('')) {
    // Before IR 3 a file could omit it, which means version 1.
    if (toInteger(proto.irVersion ?? 0) >= 3 && opsets.size === 0)
      throw new Error(
        'The file does not specify its operator set (opset_import), so its operators cannot be identified.',
      );
    opsets.set('', 1);
  }
  const graphBytes = messagesIn(wireFields(bytes), field.model.graph).at(-1)!;
  const parts = wireFields(graphBytes);
  const nodeBytes = messagesIn(parts, field.graph.node);
  const nodes = (graph.node ?? []).map((node, index) => readNode(node, index, nodeBytes[index]!, external));
  const constants = readConstants(graph, nodes, messagesIn(parts, field.graph.initializer), external);
  const inputs = (graph.input ?? [])
    .filter((port) => !constants.has(port.name ?? ''))
    .map((port) => readPort(port.name ?? '', port.type));
  const outputs = (graph.output ?? []).map((port) => readPort(port.name ?? '', port.type));
  const names = new Set<string>();
  for (const { name } of inputs) {
    if (names.has(name)) throw new Error(`Two inputs of the graph are named "${name}".`);
    names.add(name);
  }
  if (!outputs.length) throw new Error('The graph has no outputs.');
  const sorted = sortNodes(nodes, [
    ...inputs.map((port) => port.name),
    ...[...constants].flatMap(([key, one]) => ('opType' in one.from ? [] : [key])),
  ]);
  const made = new Set([
    ...inputs.map((port) => port.name),
    ...constants.keys(),
    ...nodes.flatMap((node) => node.outputs),
  ]);
  for (const port of outputs)
    if (!made.has(port.name)) throw new Error(`The graph's output "${port.name}" is not computed by any node.`);
  return {
    name,
    bytes,
    graph: graphBytes,
    irVersion: toInteger(proto.irVersion ?? 0),
    opsets,
    producer: [proto.producerName, proto.producerVersion].filter(Boolean).join(' '),
    metadata: new Map((proto.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
    inputs,
    outputs,
    nodes: sorted,
    constants,
    handedOut: handedOutBy(sorted, constants),
    external,
    functions: new Map(
      (proto.functions ?? []).map((one) => [functionKey(plainDomain(one.domain), one.name ?? ''), one]),
    ),
  };
}

/** The messages under a field number. */
const messagesIn = (fields: readonly WireField[], number: number): Uint8Array[] =>
  fields.flatMap((one) => (one.number === number && one.content ? [one.content] : []));

/** `ai.onnx` is an alias of the default domain. */
export const plainDomain = (domain: string | null | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''));

export function readNode(proto: NodeProto, index: number, bytes: Uint8Array, external: ExternalData): OnnxNode {
  const opType = proto.opType ?? '';
  const name = proto.name || `${opType}_${index}`;
  if (!opType) throw new Error(`Node ${index} ("${proto.name ?? ''}") has no operator.`);
  return {
    name,
    opType,
    domain: plainDomain(proto.domain),
    inputs: proto.input ?? [],
    outputs: proto.output ?? [],
    bytes,
    attributes: new Attributes(proto.attribute ?? [], `node "${name}" (${opType})`, external),
  };
}

export function readConstants(
  graph: GraphProto,
  nodes: readonly OnnxNode[],
  initializers: readonly Uint8Array[],
  external: ExternalData,
): Map<string, OnnxConstant> {
  const constants = new Map<string, OnnxConstant>();
  if (graph.sparseInitializer?.length)
    throw new Error('It stores weights as sparse tensors, which are not supported. Export it with dense ones.');
  (graph.initializer ?? []).forEach((proto, index) => {
    const name = proto.name ?? '';
    if (!name) throw new Error(`Initializer ${index} has no name.`);
    if (constants.has(name)) throw new Error(`Two initializers are named "${name}".`);
    constants.set(name, {
      name,
      from: initializers[index]!,
      ...(proto.dataLocation === 1 && {
        reserve: () => external.reserve(proto.externalData ?? [], `Tensor "${name}"`),
      }),
      read: once(() => readTensor(proto, `Tensor "${name}"`, external)),
    });
  });
  for (const node of nodes) {
    if (node.opType !== 'Constant' || node.domain !== '' || !node.attributes.has('value')) continue;
    const name = node.outputs[0] ?? '';
    if (constants.has(name))
      throw new Error(`The value "${name}" is defined by node "${node.name}" (Constant) and by another constant.`);
    constants.set(name, { name, from: node, read: once(() => node.attributes.tensor('value')) });
  }
  return constants;
}

function handedOutBy(
  sorted: readonly OnnxNode[],
  constants: ReadonlyMap<string, OnnxConstant>,
): Map<string, OnnxConstant> {
  const found = new Map<string, OnnxConstant>();
  for (const {
    opType,
    domain,
    inputs: [from = ''],
    outputs: [to = ''],
  } of sorted) {
    const constant = opType === 'Identity' && domain === '' ? (constants.get(from) ?? found.get(from)) : undefined;
    if (constant) found.set(to, constant);
  }
  return found;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function readPort(name: string, type: TypeProto | null | undefined): ValuePort {
  const tensor = type?.tensorType;
  if (!name) throw new Error('An input or output of the graph has no name.');
  const dims = tensor?.shape?.dim;
  if (dims && dims.length > mostDims)
    throw new Error(`"${name}" has ${dims.length} dimensions, but at most ${mostDims} are supported.`);
  return {
    name,
    dtype: tensor
      ? dataTypeName(tensor.elemType ?? 0)
      : type?.sequenceType
        ? 'sequence'
        : type?.optionalType
          ? 'optional'
          : type?.mapType
            ? 'map'
            : 'undefined',
    // Some exporters write 0 or negative sizes for dynamic dimensions.
    shape: dims?.map(
      ({ dimValue, dimParam }) => dimParam || (dimValue && toInteger(dimValue) > 0 ? toInteger(dimValue) : null),
    ),
  };
}
