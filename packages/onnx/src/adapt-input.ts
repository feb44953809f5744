import { adaptFilters } from '@graft/layers';
import { tensor } from '@graft/tensor';
import { nameOfPort } from './copy-imported.ts';
import { exportImported } from './export-imported.ts';
import { importOnnx } from './import-onnx.ts';
import type { OnnxOperator } from './operator.ts';
import { standardOperators } from './operators/index.ts';
import { inFile, type OnnxFile, type OnnxNode, type OnnxSource, readModel } from './proto/read-model.ts';
import { field, ValueInfoProto } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { constantOf } from './value-uses.ts';

export interface AdaptInputOptions {
  /** The input that changes; default the file's only one. */
  readonly input?: string;
  /** Default: those of this package; an app gives `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
}

/**
 * A file for images of another number of channels: the filters of the first convolution are adapted as timm does ({@link adaptFilters}), all else stays.
 * @throws where something else than a convolution reads the images, or its filters are no constants
 */
export function adaptOnnxInput(source: Uint8Array | OnnxSource | OnnxFile, channels: number, { input, operators = standardOperators }: AdaptInputOptions = {}): Uint8Array {
  const file = 'opsets' in source ? source : readModel(source);
  try {
    const port = file.inputs.find(({ name }) => input === undefined || name === input);
    if (!port || (input === undefined && file.inputs.length !== 1)) throw new Error(`The file's inputs are ${file.inputs.map(({ name }) => name).join(', ')}. Say which of them changes: input.`);
    const readers = file.nodes.filter((node) => node.inputs.includes(port.name) || node.attributes.captured.includes(port.name));
    if (!readers.length) throw new Error(`Nothing reads the input "${port.name}".`);
    for (const node of readers) checkConvolution(node, port.name, readers, file);
    const model = importOnnx({ ...file, ...withChannels(file, port.name, channels) }, { operators });
    try {
      for (const name of new Set(readers.map(({ inputs }) => inputs[1]!))) {
        const { data, shape } = adaptFilters(constantOf(file, name)!.read(), channels);
        model.weights.get(name)!.take(tensor(data, { shape }));
      }
      return exportImported(model, {});
    } finally {
      model.dispose();
    }
  } catch (error) {
    throw inFile(error, file.name);
  }
}

/** @throws where a node that reads the images is none whose filters can be adapted */
function checkConvolution({ name, opType, domain, inputs, attributes }: OnnxNode, input: string, readers: readonly OnnxNode[], file: OnnxFile): void {
  const place = `Node "${name}" (${opType})`;
  if (opType !== 'Conv' || domain !== '' || inputs[0] !== input) throw new Error(`${place} reads the input "${input}", and only a Conv can be adapted to other channels. Cut off what prepares the images, or keep the channels.`);
  const weight = constantOf(file, inputs[1])?.read();
  const shared = file.nodes.some((node) => !readers.includes(node) && node.inputs.includes(inputs[1]!));
  if (weight?.dtype !== 'float32' || weight.shape.length < 3 || shared || attributes.int('group', 1) !== 1) throw new Error(`${place} has no filters of float32 of its own that see all channels together, so that they cannot be adapted.`);
}

/** The graph with another number of channels at an input. */
function withChannels(file: OnnxFile, name: string, channels: number): Pick<OnnxFile, 'graph' | 'inputs'> {
  const port = (bytes: Uint8Array): Uint8Array => {
    const proto = ValueInfoProto.decode(bytes);
    const dims = proto.type?.tensorType?.shape?.dim;
    if (dims && dims.length > 1) dims[1] = { dimValue: channels };
    return ValueInfoProto.encode(proto).finish();
  };
  return {
    graph: joinBytes(wireFields(file.graph).map(({ number, content, bytes }) => (number === field.graph.input && nameOfPort(content!) === name ? messageField(number, port(content!)) : bytes))),
    inputs: file.inputs.map((one) => (one.name === name && one.shape ? { ...one, shape: one.shape.map((dim, i) => (i === 1 ? channels : dim)) } : one)),
  };
}
