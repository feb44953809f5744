import {
  gradientProbe,
  type HostArray,
  observeGradients,
  Parameter,
  readAll,
  type Shape,
  type Tensor,
  toNumbers,
} from '@graft/tensor';
import { inLayers } from './in-layers.ts';
import type { AnyModule } from './inputs.ts';

/** Statistics of a tensor's elements. */
export interface Statistics {
  readonly mean: number;
  readonly deviation: number;
  /** Root of the sum of squares. */
  readonly norm: number;
  /** Fraction of elements that are 0. */
  readonly zeros: number;
  /** Fraction of units (axis 1 of vectors, images and volumes) that are 0 in every sample and position. */
  readonly deadUnits?: number;
  /** Number of NaN or infinite elements; they also make mean, deviation and norm non-finite. */
  readonly notFinite: number;
  /** The range of the finite elements, and the counts in 32 equal bins. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] };
}

/** A layer's computation. */
export interface LayerRow {
  readonly path: string;
  /** The module's class. */
  readonly kind: string;
  readonly shape: Shape;
  readonly output: Statistics;
  /** Gradient of the loss with respect to the output, if computed. */
  readonly gradient?: Statistics;
}

/** A parameter's gradient. */
export interface ParameterRow {
  readonly path: string;
  readonly gradient: Statistics;
  /** Norm of the parameter, for comparison with that of the gradient. */
  readonly norm: number;
}

/** The report of {@link watchLayers}. */
export interface LayerReport {
  /** In the order in which layers finished; one that is used twice appears twice. */
  readonly layers: readonly LayerRow[];
  readonly parameters: readonly ParameterRow[];
}

/** A function's result, and a promise of the report on its layers. */
export interface WatchedLayers<T> {
  readonly result: T;
  /** Waits for the values copied while the function ran. */
  report(): Promise<LayerReport>;
}

/**
 * Runs a synchronous function, such as a training step, and reports statistics of each layer's output, the gradient of that
 * output and each parameter's gradient. Use it to find vanishing or exploding gradients and dead units. It reads every
 * value, so use it occasionally, not at each step.
 */
export function watchLayers<T>(model: AnyModule, fn: () => T): WatchedLayers<T> {
  const layers: {
    readonly row: Omit<LayerRow, 'output' | 'gradient'>;
    readonly output: Reading;
    gradient?: Reading;
  }[] = [];
  const parameters: { readonly path: string; readonly gradient: Reading; readonly value: Reading }[] = [];
  const paths = new Map([...model.parameters()].map(([path, parameter]) => [parameter, path]));
  const run = (): T =>
    inLayers(model, fn, {
      leave(path, module, output) {
        const row = { path, kind: module.constructor.name, shape: output.shape };
        const layer: (typeof layers)[number] = { row, output: startReading(output) };
        layers.push(layer);
        return gradientProbe(output, (gradient) => void (layer.gradient = startReading(gradient)));
      },
    });
  const result = observeGradients(run, (slot, gradient) => {
    const path = slot instanceof Parameter ? paths.get(slot) : undefined;
    if (path !== undefined)
      parameters.push({ path, gradient: startReading(gradient), value: startReading((slot as Parameter).value) });
  });
  return {
    result,
    report: async () => ({
      layers: await Promise.all(
        layers.map(async ({ row, output, gradient }) => ({
          ...row,
          output: statisticsIn(await output()),
          ...(gradient && { gradient: statisticsIn(await gradient()) }),
        })),
      ),
      parameters: await Promise.all(
        parameters.map(async ({ path, gradient, value }) => ({
          path,
          gradient: statisticsIn(await gradient()),
          norm: statisticsIn(await value()).norm,
        })),
      ),
    }),
  };
}

type Reading = () => Promise<HostArray>;

/** Starts to copy a tensor's current values: it may be freed or changed before the copy is done. */
function startReading(x: Tensor): Reading {
  const values = readAll([x]);
  values.catch(() => {}); // reported to whoever awaits the report
  return async () => (await values)[0]!;
}

/** Computes the statistics of a tensor. */
export const statisticsOf = async (x: Tensor): Promise<Statistics> => statisticsIn((await readAll([x]))[0]!);

function statisticsIn(x: HostArray): Statistics {
  const values = toNumbers(x.data, x.dtype);
  let [sum, squares, zeros, notFinite] = [0, 0, 0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
    if (value === 0) zeros++;
    if (!Number.isFinite(value)) notFinite++;
  }
  const count = values.length;
  const mean = sum / count;
  let spread = 0;
  for (const value of values) spread += (value - mean) ** 2;
  return {
    mean,
    deviation: Math.sqrt(spread / count),
    norm: Math.sqrt(squares),
    zeros: zeros / count,
    notFinite,
    histogram: histogramOf(values),
    ...([2, 4, 5].includes(x.shape.length) && { deadUnits: deadShare(values, x.shape) }),
  };
}

function histogramOf(values: readonly number[], bins = 32): Statistics['histogram'] {
  const finite = values.filter(Number.isFinite);
  const from = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const to = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const counts = new Array<number>(bins).fill(0);
  for (const value of finite)
    counts[to > from ? Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins)) : 0]!++;
  return finite.length ? { from, to, counts } : { from: Number.NaN, to: Number.NaN, counts };
}

function deadShare(values: readonly number[], shape: Shape): number {
  const units = shape[1]!;
  const plane = values.length / shape[0]! / units;
  const alive = new Set<number>();
  for (const [i, value] of values.entries()) if (value !== 0) alive.add(Math.floor(i / plane) % units);
  return 1 - alive.size / units;
}
