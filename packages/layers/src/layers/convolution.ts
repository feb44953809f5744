import { convolve, padWith, type Parameter, Random, type Tensor, type Windows } from '@graft/tensor';
import { fans, type Initializer, torchUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { readWindows, wantFit, type WindowOptions } from './sliding-windows.ts';
import { dimensionNames, checkShape, checkInteger } from './check-shape.ts';

/** Options of convolutions of any rank. */
export interface ConvOptions extends Omit<WindowOptions, 'padding'> {
  /** Input and output channels. */
  readonly in: number;
  readonly out: number;
  /** As for a window; 'same' keeps the size with a stride of 1. */
  readonly padding?: WindowOptions['padding'] | 'same';
  /** The values of the padding. */
  readonly paddingMode?: 'zeros' | 'reflect' | 'replicate' | 'circular';
  /** Number of independent groups of channels; `in` groups make a depthwise convolution. */
  readonly groups?: number;
  readonly bias?: boolean;
  /** Initializer of the weights; default ±1/√(in · kernel size), as in PyTorch. */
  readonly initializer?: Initializer;
  /** Initializer of the bias; default: the same range. */
  readonly biasInitializer?: Initializer;
}

const modes = { zeros: undefined, reflect: 'reflect', replicate: 'edge', circular: 'wrap' } as const;

/** Convolution over any number of dimensions: [batch, in, ...] → [batch, out, ...]. */
abstract class Convolution extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  private readonly initializer: Initializer;
  private readonly biasInitializer: Initializer;
  private readonly windows: Windows;
  private readonly groups: number;
  private readonly paddingMode: keyof typeof modes;

  constructor(
    dims: number,
    {
      in: inputs,
      out,
      padding,
      paddingMode = 'zeros',
      groups = 1,
      bias = true,
      initializer,
      biasInitializer,
      ...window
    }: ConvOptions,
  ) {
    super();
    const kind = new.target.name;
    checkInteger(kind, { in: inputs, out, groups });
    if (inputs % groups || out % groups)
      throw new Error(
        `${kind} with ${groups} groups expects channels divisible by groups, got in: ${inputs}, out: ${out}.`,
      );
    if (!Object.hasOwn(modes, paddingMode))
      throw new Error(
        `${kind} expects paddingMode to be one of ${Object.keys(modes).join(', ')}, got "${paddingMode}".`,
      );
    const windows = readWindows(kind, dims, {
      ...window,
      padding: padding === 'same' || padding === undefined ? 0 : padding,
    });
    if (padding === 'same' && windows.stride.some((step) => step > 1))
      throw new Error(
        `${kind} with padding 'same' expects a stride of 1, got ${windows.stride.join('×')}. Specify the padding as numbers.`,
      );
    this.windows = padding === 'same' ? { ...windows, ...sameMargins(windows) } : windows;
    this.weight = weight([out, inputs / groups, ...windows.kernel]);
    this.bias = bias ? weight([out]) : undefined;
    this.groups = groups;
    this.paddingMode = paddingMode;
    this.initializer = initializer ?? torchUniform(fans(this.weight.value.shape).fanIn);
    this.biasInitializer = biasInitializer ?? torchUniform(fans(this.weight.value.shape).fanIn);
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.weight, this.initializer, random.fork('weight'));
    if (this.bias) initialise(this.bias, this.biasInitializer, random.fork('bias'));
  }

  override forward(x: Tensor): Tensor {
    const { windows, groups } = this;
    const none = windows.kernel.map(() => 0);
    checkShape(this, x, ['batch', this.weight.value.shape[1]! * groups, ...dimensionNames(none.length)]);
    wantFit(this, x, windows);
    const options = { bias: this.bias?.value, groups };
    const mode = modes[this.paddingMode];
    if (!mode) return convolve(x, this.weight.value, windows, options);
    return convolve(
      padWith(x, [0, 0, ...windows.before], [0, 0, ...windows.after], mode),
      this.weight.value,
      { ...windows, before: none, after: none },
      options,
    );
  }
}

/** An odd element is added at the end. */
const sameMargins = ({ kernel, dilation }: Windows): Pick<Windows, 'before' | 'after'> => {
  const total = kernel.map((n, i) => dilation[i]! * (n - 1));
  return { before: total.map((n) => Math.floor(n / 2)), after: total.map((n) => Math.ceil(n / 2)) };
};

/** Convolution of sequences: [batch, in, length] → [batch, out, length']. */
export class Conv1d extends Convolution {
  constructor(options: ConvOptions) {
    super(1, options);
  }
}
/** Convolution of images: [batch, in, height, width] → [batch, out, height', width']. */
export class Conv2d extends Convolution {
  constructor(options: ConvOptions) {
    super(2, options);
  }
}
/** Convolution of volumes: [batch, in, depth, height, width] → [batch, out, depth', height', width']. */
export class Conv3d extends Convolution {
  constructor(options: ConvOptions) {
    super(3, options);
  }
}
