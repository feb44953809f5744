import { gradientProbe, observeGradients, Parameter, type Shape, type Tensor, toNumbers } from '@graft/tensor';
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

/** What {@link watchLayers} saw, and what the function gave. */
export interface LayerReport<T> {
  readonly result: T;
  /** In the order in which layers were done; one that is used twice is there twice. */
  readonly layers: readonly LayerRow[];
  readonly parameters: readonly ParameterRow[];
}

/**
 * Runs a synchronous function, such as a step of training, and says what each layer made of it: its output, the gradient that
 * came back to it, and each parameter's gradient. Vanishing and exploding gradients and dead units show here. Reads every
 * value: for looking now and then, not at each step.
 */
export function watchLayers<T>(model: AnyModule, fn: () => T): LayerReport<T> {
  const layers: LayerRow[] = [];
  const parameters: ParameterRow[] = [];
  const paths = new Map([...model.parameters()].map(([path, parameter]) => [parameter, path]));
  const run = (): T =>
    inLayers(model, fn, {
      leave(path, module, output) {
        const at =
          layers.push({ path, kind: module.constructor.name, shape: output.shape, output: statisticsOf(output) }) - 1;
        return gradientProbe(
          output,
          (gradient) => void (layers[at] = { ...layers[at]!, gradient: statisticsOf(gradient) }),
        );
      },
    });
  const result = observeGradients(run, (slot, gradient) => {
    const path = slot instanceof Parameter ? paths.get(slot) : undefined;
    if (path !== undefined)
      parameters.push({ path, gradient: statisticsOf(gradient), norm: statisticsOf((slot as Parameter).value).norm });
  });
  return { result, layers, parameters };
}

/** @throws where the backend's memory is not visible to the host */
export function statisticsOf(x: Tensor): Statistics {
  const values = x.backend.view ? toNumbers(x.backend.view(x.data, x), x.dtype) : x.numbers();
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
    ...([2, 4, 5].includes(x.rank) && { deadUnits: deadShare(values, x.shape) }),
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
