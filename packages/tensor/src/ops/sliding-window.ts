// Shared by convolution and pooling: how a window slides over an image.

/** Output length of a window that slides over one dimension. */
export const slidingLength = (
  length: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
): number => Math.floor((length + before + after - dilation * (kernel - 1) - 1) / stride) + 1;

/** One number for all sides, [vertical, horizontal], or [top, left, bottom, right]. */
export type Padding = number | readonly [number, number] | readonly [number, number, number, number];

/** One number for both directions, or one for each. */
export const pair = (
  value: number | readonly [number, number] | undefined,
  otherwise: number,
): readonly [number, number] => (typeof value === 'object' ? value : [value ?? otherwise, value ?? otherwise]);
/** Padding as [top, left, bottom, right]. */
export function sides(padding: Padding | undefined): readonly [number, number, number, number] {
  if (typeof padding === 'object')
    return padding.length === 4 ? padding : [padding[0], padding[1], padding[0], padding[1]];
  return [padding ?? 0, padding ?? 0, padding ?? 0, padding ?? 0];
}

/** How a window slides over the dimensions after batch and channels, one number each. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Padding before and after. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The windows of all dimensions but the first. */
export const innerWindows = ({ kernel, stride, dilation, before, after }: Windows): Windows => ({
  kernel: kernel.slice(1),
  stride: stride.slice(1),
  dilation: dilation.slice(1),
  before: before.slice(1),
  after: after.slice(1),
});
