import type { Address } from './blas.ts';

/** Which result of a convolution is computed: the output, or the gradient of the input or of the weight. */
export type ConvolutionKind = 'forward' | 'inputGrad' | 'weightGrad';

/** `plain` computes on row-major data as it is; `blocked` lets oneDNN choose layouts, and converts to and from them. */
export type ConvolutionLayout = 'plain' | 'blocked';

/** A convolution's shapes: x [n, c, h, w], w [k, c / groups, kh, kw], y [n, k, h', w']. */
export interface ConvolutionShape {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly stride: readonly number[];
  /** Top, left, bottom, right. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** Whether a bias [k] is added; forward only. */
  readonly bias?: boolean;
  /** The output is clipped to [min, max]; forward only. */
  readonly clip?: readonly [min: number, max: number];
}

/** A convolution that is ready to run, for one shape. */
export interface Convolution {
  /** Bytes of working memory that `run` needs. */
  readonly workBytes: number;
  /**
   * Runs it. Inputs are x and w (forward), the output's gradient and w (inputGrad), or x and the output's gradient (weightGrad).
   * @throws if oneDNN reports an error
   */
  run(inputs: readonly [Address, Address], bias: Address | undefined, result: Address, work: Address): void;
  dispose(): void;
}

/** Convolutions of a oneDNN library. */
export interface OneDnn {
  /** What is loaded, such as `oneDNN 3.2.0`. Results are bit-identical between runs only with the same one. */
  readonly name: string;
  /** Prepares a convolution; undefined if the library does not support it. */
  convolution(kind: ConvolutionKind, shape: ConvolutionShape, layout: ConvolutionLayout): Convolution | undefined;
}
