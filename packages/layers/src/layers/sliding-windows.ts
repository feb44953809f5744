import { showShape, type Tensor, type Windows } from '@graft/tensor';
import type { Module } from '../module.ts';
import { nameOf } from './check-shape.ts';

/** One number for all dimensions, or one for each. */
export type PerDimension = number | readonly number[];

/** How a window slides over the dimensions after batch and channels. */
export interface WindowOptions {
  readonly kernel: PerDimension;
  /** Default 1; for pooling, the window's size. */
  readonly stride?: PerDimension;
  /** One number for all sides, one per dimension, or all leading paddings followed by all trailing ones: [top, left, bottom, right]. */
  readonly padding?: PerDimension;
  readonly dilation?: PerDimension;
}

/**
 * Expands an option to one number per dimension.
 * @throws if it has another length, or a number is not an integer or too small
 */
export function perDimension(
  kind: string,
  name: string,
  value: PerDimension,
  dims: number,
  least: number,
): readonly number[] {
  const list = typeof value === 'number' ? Array<number>(dims).fill(value) : value;
  if (list?.length !== dims || !list.every((n) => Number.isInteger(n) && n >= least))
    throw new Error(
      `${kind} expects ${name} to be ${least === 1 ? 'a positive integer' : 'a non-negative integer'}, or ${dims} of them, got ${list ? showShape(list) : 'nothing'}.`,
    );
  return list;
}

/** Padding before and after each dimension. */
export function margins(kind: string, padding: PerDimension, dims: number): Pick<Windows, 'before' | 'after'> {
  if (typeof padding !== 'number' && padding?.length === 2 * dims) {
    const all = perDimension(kind, 'padding', padding, 2 * dims, 0);
    return { before: all.slice(0, dims), after: all.slice(dims) };
  }
  const both = perDimension(kind, 'padding', padding, dims, 0);
  return { before: both, after: both };
}

/** @param stride the default: 1, or the window's size for pooling */
export function readWindows(
  kind: string,
  dims: number,
  { kernel, stride, padding = 0, dilation = 1 }: WindowOptions,
  strideIsKernel = false,
): Windows {
  const own = perDimension(kind, 'kernel', kernel, dims, 1);
  return {
    kernel: own,
    stride: perDimension(kind, 'stride', stride ?? (strideIsKernel ? own : 1), dims, 1),
    dilation: perDimension(kind, 'dilation', dilation, dims, 1),
    ...margins(kind, padding, dims),
  };
}

/** @throws if no window fits into the padded input */
export function wantFit(layer: Module, x: Tensor, { kernel, dilation, before, after }: Windows): void {
  const least = kernel.map((n, i) => dilation[i]! * (n - 1) + 1 - before[i]! - after[i]!);
  if (least.some((n, i) => x.shape[i + 2]! < n))
    throw new Error(
      `${nameOf(layer)} has windows of ${kernel.join('×')} and needs at least ${least.map((n) => Math.max(1, n)).join('×')} elements, got ${showShape(x.shape)}. Enlarge the input or the padding.`,
    );
}
