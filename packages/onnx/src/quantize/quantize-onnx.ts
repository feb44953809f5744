import { type AnyBackend, js } from '@graft/tensor';
import { exportFromHost } from '../export-onnx.ts';
import type { GraphWriter } from '../graph-writer.ts';
import { importOnnx } from '../import-onnx.ts';
import type { OnnxOperator } from '../operator.ts';
import { standardOperators } from '../operators/index.ts';
import { inFile, type OnnxFile, type OnnxSource, readModel } from '../proto/read-model.ts';
import { usesHalves } from '../widen-halves.ts';
import { widenOnnx } from '../widen-onnx.ts';
import { calibrate, type CalibrationBatch, type ValueRange } from './calibrate.ts';
import { foldBatchNorms } from './fold-batch-norms.ts';
import { type Quantizable, quantizableNodes } from './quantizable.ts';
import { timesLarger } from './outliers.ts';
import { activationScale, quantizeBias, type QuantizedTensor, quantizeWeight } from './quantize-tensors.ts';
import { rewriteGraph } from '../rewrite-graph.ts';

export interface QuantizeOptions {
  /** Representative inputs, preprocessed as for the model; a hundred varied samples are enough. */
  readonly calibration: AsyncIterable<CalibrationBatch> | Iterable<CalibrationBatch>;
  /** Whether each output channel of a weight has its own scale; default true. Depthwise convolutions need it. */
  readonly perChannel?: boolean;
  /** The percentage of an activation's values within the quantised range; outliers are clipped. Default 100: all. */
  readonly percentile?: number;
  /** Whether to use 7-bit weights, for processors whose 8-bit products overflow: x86 without VNNI. Default false. */
  readonly reduceRange?: boolean;
  /** Names of weights that stay floats, such as the filters of a spectrogram, whose values differ too much for 8 bits; default none. */
  readonly unquantized?: readonly string[];
  /** The backend for calibration; default: the host. */
  readonly backend?: AnyBackend;
  /** Called with a sentence for each weight or activation of which most values become 0, because one value is much larger. */
  readonly onWarning?: (message: string) => void;
  /** Default: those of this package; apps pass `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
}

/** The first operator set with per-channel quantisation. */
const leastOpset = 13;
/** Biases leave this much headroom in int32 for sums. */
const greatestBias = 2 ** 30;

/**
 * Post-training quantisation: convolutions and products of a float model use 8-bit integers (Jacob et al. 2018). Weights are symmetric int8, activations
 * uint8 over their range on the calibration data, biases int32, written as QuantizeLinear and DequantizeLinear around the nodes,
 * which onnxruntime and others compute with integers. Batch norms are folded first, and 16-bit floats become float32; names and metadata are kept.
 * @throws if there is nothing to quantise, or values are not finite
 */
export async function quantizeOnnx(
  source: Uint8Array | OnnxSource | OnnxFile,
  options: QuantizeOptions,
): Promise<Uint8Array> {
  const { percentile = 100 } = options;
  if (!(percentile > 0 && percentile <= 100))
    throw new Error(`quantizeOnnx expects a percentile in (0, 100], got ${percentile}.`);
  const file = 'opsets' in source ? source : readModel(source);
  const batches: CalibrationBatch[] = [];
  for await (const batch of options.calibration) batches.push(batch);
  if (!batches.length)
    throw new Error(
      'quantizeOnnx expects at least one calibration batch, got none. Use samples like those the model will be used on.',
    );
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
  const { operators = standardOperators, backend = js, percentile, unquantized = [] } = options;
  const wide = usesHalves(original) ? readModel({ name: original.name, model: widenOnnx(original) }) : original;
  quantizableNodes(wide); // rejects unsupported models before anything is rewritten
  const file = foldBatchNorms(inNewerOpset(wide, batches[0]!, operators), operators);
  const nodes = quantizableNodes(file).filter(({ node }) => !node.inputs.some((name) => unquantized.includes(name)));
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
  for (const [name, range] of ranges) warnOfRange(name, range, options);
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

/** Values to quantise to uint8 once, before the first node that reads them. */
class Activations {
  readonly #ranges: ReadonlyMap<string, ValueRange>;
  readonly #names = new Map<string, string>();

  constructor(ranges: ReadonlyMap<string, ValueRange>) {
    this.#ranges = ranges;
  }

  /** The name of the dequantised value; its own if it is not quantised. */
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

/** The names of a node's dequantised weight and bias. */
function quantizedWeights(
  { node, weight, bias, axis }: Quantizable,
  range: ValueRange,
  { perChannel = true, reduceRange = false, onWarning }: QuantizeOptions,
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
    const { outlier } = integers;
    if (outlier)
      onWarning?.(
        `The weight "${name}" contains ${outlier.value}, ${timesLarger(outlier.factor)} the median magnitude of ${channels === undefined ? 'the weight' : `its channel ${outlier.channel}`}: in 8 bits, most other values there become 0. Compare the scores, or train with weight decay.`,
      );
    return [
      dequantize(name, integers, writer),
      ...(bias ? [dequantize(node.inputs[2]!, quantizeBias(bias, input, integers.scale), writer)] : []),
    ];
  } catch (error) {
    throw new Error(`Tensor "${name}" ${(error as Error).message}`, { cause: error });
  }
}

/** Warns of an activation whose range is so much larger than its usual values that most of them become 0. */
function warnOfRange(
  name: string,
  { least, greatest, typical }: ValueRange,
  { onWarning }: Pick<QuantizeOptions, 'onWarning'>,
): void {
  const factor = typical ? Math.max(-least, greatest) / typical : 0;
  if ((greatest - least) / 255 / 2 > typical && typical > 0)
    onWarning?.(
      `The value "${name}" reaches ${-least > greatest ? least : greatest} on the calibration data, ${timesLarger(factor)} its mean magnitude: in 8 bits, most of its values become 0. Compare the scores, check the examples, or clip outliers with a percentile.`,
    );
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

/** The file itself, or rewritten for an operator set with the required operators. */
function inNewerOpset(file: OnnxFile, batch: CalibrationBatch, operators: readonly OnnxOperator[]): OnnxFile {
  if (file.opsets.get('')! >= leastOpset && file.irVersion >= 4) return file;
  const model = importOnnx(file, { operators });
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new Error(
      `Quantised models need operator set ${leastOpset}, but this file has ${model.opset}. It has ${model.inputs.length} inputs and ${model.outputs.length} outputs, and only models with one of each can be rewritten; export it again for set ${leastOpset}.`,
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
