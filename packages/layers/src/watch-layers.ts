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

/** What the elements of a tensor are like. */
export interface Statistics {
  readonly mean: number;
  readonly deviation: number;
  /** Root of the sum of squares. */
  readonly norm: number;
  /** Share of elements that are 0. */
  readonly zeros: number;
  /** Share of units (axis 1 of vectors, images and volumes) that are 0 in every sample and place. */
  readonly deadUnits?: number;
  /** How many are NaN or infinite; they make mean, deviation and norm so, too. */
  readonly notFinite: number;
  /** The range of the finite elements, and how many are in each of 32 equal parts of it. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] };
}

/** A layer's computation. */
export interface LayerRow {
  readonly path: string;
  /** The module's class. */
  readonly kind: string;
  readonly shape: Shape;
  readonly output: Statistics;
  /** Of the loss for the output, where one was computed. */
  readonly gradient?: Statistics;
}

/** A parameter's gradient. */
export interface ParameterRow {
  readonly path: string;
  readonly gradient: Statistics;
  /** Root of the sum of its squares: what the gradient's norm is measured against. */
  readonly norm: number;
}

/** What {@link watchLayers} saw. */
export interface LayerReport {
  /** In the order in which layers were done; one that is used twice is there twice. */
  readonly layers: readonly LayerRow[];
  readonly parameters: readonly ParameterRow[];
}

/** A function's result, and what its layers did, once that has been read. */
export interface WatchedLayers<T> {
  readonly result: T;
  /** Waits for the values that were copied while the function ran. */
  report(): Promise<LayerReport>;
}

/**
 * Runs a synchronous function, such as a step of training, and says what each layer made of it: its output, the gradient that
 * came back to it, and each parameter's gradient. Vanishing and exploding gradients and dead units show here. Reads every
 * value: for looking now and then, not at each step.
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

/** Begins to copy a tensor's values as they are now: it may be freed or changed before they are there. */
function startReading(x: Tensor): Reading {
  const values = readAll([x]);
  values.catch(() => {}); // seen by who asks for the report
  return async () => (await values)[0]!;
}

/** What a tensor's elements are like. */
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
