import { GraphModule } from '@graft/layers';
import {
  type AnyBackend,
  type DType,
  type HostArray,
  isFloat,
  scope,
  type Tensor,
  tensor,
  toNumbers,
  type TypedArray,
} from '@graft/tensor';
import type { OnnxModel } from '../onnx-model.ts';

/** The inputs of one calibration run: a single input, or each by name. */
export type CalibrationBatch = HostArray | ReadonlyMap<string, HostArray>;

/** The range of a value, including 0. */
export interface ValueRange {
  readonly least: number;
  readonly greatest: number;
  /** The mean magnitude of its numbers other than 0; 0 if there are none. */
  readonly typical: number;
}

export interface CalibrateOptions {
  /** The percentage of numbers within the bounds: 100 includes all of them and needs one run instead of two. */
  readonly percentile: number;
  /** The model's backend. */
  readonly backend: AnyBackend;
}

/** Number of bins of the histogram over a value's range. */
const bins = 2048;

/**
 * Finds the range of each value when the model runs on the batches.
 * @throws if a value is not finite
 */
export async function calibrate(
  model: OnnxModel,
  values: ReadonlySet<string>,
  batches: readonly CalibrationBatch[],
  { percentile, backend }: CalibrateOptions,
): Promise<Map<string, ValueRange>> {
  const feeds = batches.map((batch) => () => fedBy(batch, model.inputs, backend));
  const ranges = new Map<string, ValueRange>();
  const sums = new Map<string, { total: number; count: number }>();
  await runWatched(model, values, feeds, (name, numbers) => {
    let { least, greatest } = ranges.get(name) ?? { least: 0, greatest: 0 };
    const sum = sums.get(name) ?? { total: 0, count: 0 };
    sums.set(name, sum);
    for (const number of numbers) {
      if (!Number.isFinite(number))
        throw new Error(
          `became ${number} on the calibration data, which cannot be quantised. Check the data, or the weights before it.`,
        );
      if (number < least) least = number;
      if (number > greatest) greatest = number;
      if (number === 0) continue;
      sum.total += Math.abs(number);
      sum.count++;
    }
    ranges.set(name, { least, greatest, typical: sum.count ? sum.total / sum.count : 0 });
  });
  if (percentile >= 100) return ranges;
  const histograms = new Map([...ranges.keys()].map((name) => [name, new Float64Array(bins)]));
  await runWatched(model, values, feeds, (name, numbers) => {
    const { least, greatest } = ranges.get(name)!;
    const [histogram, width] = [histograms.get(name)!, (greatest - least) / bins || 1];
    for (const number of numbers) histogram[Math.min(bins - 1, Math.floor((number - least) / width))]!++;
  });
  return new Map([...ranges].map(([name, range]) => [name, middle(range, histograms.get(name)!, percentile)]));
}

/** The bounds after clipping an equal fraction at either end. */
function middle({ least, greatest, typical }: ValueRange, histogram: Float64Array, percentile: number): ValueRange {
  const cut = (histogram.reduce((a, b) => a + b, 0) * (100 - percentile)) / 200;
  const width = (greatest - least) / bins;
  const empty = (counts: Float64Array): number => {
    let [sum, i] = [0, 0];
    while (i < bins && (sum += counts[i]!) <= cut) i++;
    return i;
  };
  return {
    least: Math.min(0, least + width * empty(histogram)),
    greatest: Math.max(0, greatest - width * empty(histogram.toReversed())),
    typical,
  };
}

/** Runs the model on each batch, and passes on the values of each once they are read. */
async function runWatched(
  model: OnnxModel,
  values: ReadonlySet<string>,
  feeds: readonly (() => Map<string, Tensor>)[],
  see: (name: string, numbers: ArrayLike<number> & Iterable<number>) => void,
): Promise<void> {
  let readings: { readonly name: string; readonly dtype: DType; readonly values: Promise<TypedArray> }[] = [];
  const look = (name: string | undefined, x: Tensor | undefined): void => {
    if (x && name !== undefined && values.has(name)) readings.push({ name, dtype: x.dtype, values: x.array() });
  };
  const nodes = model.nodes.map((node) => ({
    ...node,
    run(...args: Parameters<typeof node.run>): ReturnType<typeof node.run> {
      const results = node.run(...args);
      (Array.isArray(results) ? (results as (Tensor | undefined)[]) : [results as Tensor]).forEach((x, i) =>
        look(node.outputs[i], x),
      );
      return results;
    },
  }));
  const { inputs, outputs, weights, constants } = model;
  const watched = new GraphModule({ inputs, outputs, nodes, weights, constants });
  for (const feed of feeds) {
    readings = [];
    scope(() => {
      const fed = feed();
      for (const [name, x] of fed) look(name, x);
      watched.call(fed);
    });
    for (const { name, dtype, values } of readings) {
      const read = await values;
      try {
        see(name, dtype === 'float32' ? (read as Float32Array) : toNumbers(read, dtype));
      } catch (error) {
        throw new Error(`Its value "${name}" ${(error as Error).message}`, { cause: error });
      }
    }
  }
}

function fedBy(batch: CalibrationBatch, inputs: readonly string[], backend: AnyBackend): Map<string, Tensor> {
  if ('data' in batch && inputs.length !== 1)
    throw new Error(
      `The model has ${inputs.length} inputs (${inputs.join(', ')}). Give calibration batches as objects with an array for each.`,
    );
  const arrays = 'data' in batch ? new Map([[inputs[0]!, batch]]) : batch;
  return new Map(
    [...arrays].map(([name, { data, shape, dtype }]) => [
      name,
      tensor(data, { shape, dtype, ...(isFloat(dtype) && { backend }) }),
    ]),
  );
}
