import { type AnyBackend, js } from '@graft/tensor';
import { exportFromHost } from '../export-onnx.ts';
import type { GraphWriter } from '../graph-writer.ts';
import { importOnnx } from '../import-onnx.ts';
import type { OnnxOperator } from '../operator.ts';
import { standardOperators } from '../operators/index.ts';
import { inFile, type OnnxFile, type OnnxSource, readModel } from '../proto/read-model.ts';
import { calibrate, type CalibrationBatch, type ValueRange } from './calibrate.ts';
import { foldBatchNorms } from './fold-batch-norms.ts';
import { type Quantizable, quantizableNodes } from './quantizable.ts';
import { activationScale, quantizeBias, type QuantizedTensor, quantizeWeight } from './quantize-tensors.ts';
import { rewriteGraph } from './rewrite-graph.ts';

export interface QuantizeOptions {
  /** What the model will see, prepared as for it: a hundred samples of all kinds say enough. */
  readonly calibration: AsyncIterable<CalibrationBatch> | Iterable<CalibrationBatch>;
  /** A scale for each output channel of a weight instead of one for all; default true. Depthwise convolutions need it. */
  readonly perChannel?: boolean;
  /** The share of an activation's numbers between the bounds of its integers; rare greater ones are cut off. Default 100: all. */
  readonly percentile?: number;
  /** Weights of 7 bits, for processors whose 8-bit products overflow: x86 without VNNI. Default false. */
  readonly reduceRange?: boolean;
  /** Where the calibration runs; default on the host. */
  readonly backend?: AnyBackend;
  /** Default: those of this package; an app gives `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
}

/** Operators that quantise by channel are in this set and later ones. */
const leastOpset = 13;
/** Biases stay this far inside int32, so that a sum has room. */
const greatestBias = 2 ** 30;

/**
 * A file of floats with 8-bit integers at its convolutions and products, after training (Jacob et al. 2018): weights int8 around 0, activations
 * uint8 between the bounds they have on the calibration data, biases int32, as QuantizeLinear and DequantizeLinear around the nodes,
 * which onnxruntime and others compute with integers. Batch norms are folded first; names and metadata stay.
 * @throws one sentence where there is nothing to quantise, or numbers are not finite
 */
export async function quantizeOnnx(
  source: Uint8Array | OnnxSource | OnnxFile,
  options: QuantizeOptions,
): Promise<Uint8Array> {
  const { percentile = 100 } = options;
  if (!(percentile > 0 && percentile <= 100))
    throw new Error(`quantizeOnnx wants a percentile above 0 and up to 100, got ${percentile}.`);
  const file = 'opsets' in source ? source : readModel(source);
  const batches: CalibrationBatch[] = [];
  for await (const batch of options.calibration) batches.push(batch);
  if (!batches.length)
    throw new Error('quantizeOnnx got no calibration batches. Give it samples like those that the model will see.');
  try {
    return await quantized(file, batches, { percentile, ...options });
  } catch (error) {
    throw inFile(error, file.name);
  }
}

async function quantized(
  original: OnnxFile,
  batches: readonly CalibrationBatch[],
  options: QuantizeOptions & { readonly percentile: number },
): Promise<Uint8Array> {
  const { operators = standardOperators, backend = js, percentile } = options;
  quantizableNodes(original); // refuses what cannot be, before anything is written anew
  const file = foldBatchNorms(inNewerOpset(original, batches[0]!, operators), operators);
  const nodes = quantizableNodes(file);
  const model = await importOnnx(file, { operators }).to(backend);
  let ranges: ReadonlyMap<string, ValueRange>;
  try {
    ranges = await calibrate(model, new Set(nodes.flatMap(({ node, result }) => [node.inputs[0]!, result])), batches, {
      percentile,
      backend,
    });
  } finally {
    model.dispose();
  }
  const activations = new Activations(ranges);
  const found = new Map(nodes.map((one) => [one.node, one]));
  return rewriteGraph(
    file,
    (node, writer) => {
      const inputs = node.inputs.map((name) => activations.quantized(name, writer));
      const one = found.get(node);
      if (one)
        inputs.splice(
          1,
          2,
          ...quantizedWeights(one, ranges.get(node.inputs[0]!)!, options, writer),
          ...(node.inputs[2] && !one.bias ? [node.inputs[2]] : []),
        );
      return { inputs, outputs: node.outputs };
    },
    operators,
  ).bytes;
}

/** Values that pass through uint8 once, before the first node that reads them. */
class Activations {
  readonly #ranges: ReadonlyMap<string, ValueRange>;
  readonly #names = new Map<string, string>();

  constructor(ranges: ReadonlyMap<string, ValueRange>) {
    this.#ranges = ranges;
  }

  /** The value's name behind its integers; its own where it has none. */
  quantized(value: string, writer: GraphWriter): string {
    const range = this.#ranges.get(value);
    if (!range) return value;
    if (!this.#names.has(value)) {
      const { scale, zero } = activationScale(range);
      const steps = [writer.constant(scale, `${value}_scale`), writer.constant(zero, `${value}_zero_point`)];
      const integers = writer.node('QuantizeLinear', [value, ...steps], {}, writer.unique(`${value}_quantized`));
      this.#names.set(
        value,
        writer.node('DequantizeLinear', [integers, ...steps], {}, writer.unique(`${value}_dequantized`)),
      );
    }
    return this.#names.get(value)!;
  }
}

/** The names of a node's weight and bias behind their integers. */
function quantizedWeights(
  { node, weight, bias, axis }: Quantizable,
  range: ValueRange,
  { perChannel = true, reduceRange = false }: QuantizeOptions,
  writer: GraphWriter,
): string[] {
  const input = activationScale(range).scale;
  const sums = bias
    ? Array.from(bias.data as Float32Array, (value) => Math.abs(value) / (Number(input.data[0]) * greatestBias))
    : [];
  const [channels, name] = [perChannel ? axis : undefined, node.inputs[1]!];
  const least = (channel: number): number => (channels === undefined ? Math.max(0, ...sums) : (sums[channel] ?? 0));
  try {
    const integers = quantizeWeight(weight, { axis: channels, limit: reduceRange ? 64 : 127, least });
    return [
      dequantize(name, integers, writer),
      ...(bias ? [dequantize(node.inputs[2]!, quantizeBias(bias, input, integers.scale), writer)] : []),
    ];
  } catch (error) {
    throw new Error(`Tensor "${name}" ${(error as Error).message}`, { cause: error });
  }
}

function dequantize(
  name: string,
  { values, scale, zero, axis }: Omit<QuantizedTensor, 'zero'> & Partial<QuantizedTensor>,
  writer: GraphWriter,
): string {
  const parts = [
    writer.constant(values, `${name}_quantized`),
    writer.constant(scale, `${name}_scale`),
    ...(zero ? [writer.constant(zero, `${name}_zero_point`)] : []),
  ];
  return writer.node(
    'DequantizeLinear',
    parts,
    axis === undefined ? {} : { axis },
    writer.unique(`${name}_dequantized`),
  );
}

/** The file itself, or written anew for an operator set that has what is needed. */
function inNewerOpset(file: OnnxFile, batch: CalibrationBatch, operators: readonly OnnxOperator[]): OnnxFile {
  if (file.opsets.get('')! >= leastOpset && file.irVersion >= 4) return file;
  const model = importOnnx(file, { operators });
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new Error(
      `Quantised models need operator set ${leastOpset}, and this file has ${model.opset}. It has ${model.inputs.length} inputs and ${model.outputs.length} outputs, and only one of each can be written anew; export it again for set ${leastOpset}.`,
    );
  const { shape } = 'data' in batch ? batch : (batch.get(model.inputs[0]!) ?? { shape: [] });
  return readModel({
    name: file.name,
    model: exportFromHost(model, {
      opset: 17,
      inputShape: shape.slice(1),
      metadata: Object.fromEntries(file.metadata),
    }),
  });
}
