import { convTranspose, type Parameter, Random, type Tensor, type Windows } from '@graft/tensor';
import { fans, type Initializer, torchUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { type PerDimension, perDimension, readWindows, type WindowOptions } from './sliding-windows.ts';
import { dimensionNames, checkShape, checkInteger } from './check-shape.ts';

/** Options of transposed convolutions of any rank. */
export interface ConvTransposeOptions extends WindowOptions {
  /** Input and output channels. */
  readonly in: number;
  readonly out: number;
  /** Elements added to the output size, to restore the exact size that a strided convolution reduced. */
  readonly outputPadding?: PerDimension;
  readonly groups?: number;
  readonly bias?: boolean;
  /** Initializer of the weights; default ±1/√(out · kernel size), as in PyTorch. */
  readonly initializer?: Initializer;
  /** Initializer of the bias; default: the same range. */
  readonly biasInitializer?: Initializer;
}

/** Transposed convolution over any number of dimensions: [batch, in, ...] → [batch, out, ...]. (Zeiler et al. 2010) */
abstract class TransposedConvolution extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  private readonly initializer: Initializer;
  private readonly biasInitializer: Initializer;
  private readonly windows: Windows;
  private readonly outputPadding: readonly number[];
  private readonly groups: number;

  constructor(
    dims: number,
    {
      in: inputs,
      out,
      outputPadding = 0,
      groups = 1,
      bias = true,
      initializer,
      biasInitializer,
      ...window
    }: ConvTransposeOptions,
  ) {
    super();
    const kind = new.target.name;
    checkInteger(kind, { in: inputs, out, groups });
    if (inputs % groups || out % groups)
      throw new Error(
        `${kind} with ${groups} groups expects channels divisible by groups, got in: ${inputs}, out: ${out}.`,
      );
    this.windows = readWindows(kind, dims, window);
    this.outputPadding = perDimension(kind, 'outputPadding', outputPadding, dims, 0);
    const { kernel, stride, dilation } = this.windows;
    if (this.outputPadding.some((n, i) => n >= Math.max(stride[i]!, dilation[i]!)))
      throw new Error(
        `${kind} expects an outputPadding below its stride or dilation, got ${this.outputPadding.join('×')} with a stride of ${stride.join('×')}.`,
      );
    this.weight = weight([inputs, out / groups, ...kernel]);
    this.bias = bias ? weight([out]) : undefined;
    this.groups = groups;
    this.initializer = initializer ?? torchUniform(fans(this.weight.value.shape).fanIn);
    this.biasInitializer = biasInitializer ?? torchUniform(fans(this.weight.value.shape).fanIn);
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.weight, this.initializer, random.fork('weight'));
    if (this.bias) initialise(this.bias, this.biasInitializer, random.fork('bias'));
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['batch', this.weight.value.shape[0]!, ...dimensionNames(this.outputPadding.length)]);
    return convTranspose(x, this.weight.value, this.windows, {
      bias: this.bias?.value,
      groups: this.groups,
      outputPadding: this.outputPadding,
    });
  }
}

/** [batch, in, length] → [batch, out, length'] */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(options: ConvTransposeOptions) {
    super(1, options);
  }
}
/** [batch, in, height, width] → [batch, out, height', width'] */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(options: ConvTransposeOptions) {
    super(2, options);
  }
}
/** [batch, in, depth, height, width] → [batch, out, depth', height', width'] */
export class ConvTranspose3d extends TransposedConvolution {
  constructor(options: ConvTransposeOptions) {
    super(3, options);
  }
}
