import { conv2d, type Conv2dOptions as ConvolutionOptions, type Parameter, Random, showShape, type Tensor } from '@graft/tensor';
import { fans, type Initializer, torchUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';

export interface Conv2dOptions extends Omit<ConvolutionOptions, 'bias'> {
  /** Channels in and out. */
  readonly in: number;
  readonly out: number;
  /** Height and width of the filters. */
  readonly kernel: number | readonly [number, number];
  readonly bias?: boolean;
  /** Of the weights; default ±1/√(in · kernel size), as in PyTorch. */
  readonly initializer?: Initializer;
  /** Of the bias; default the same range. */
  readonly biasInitializer?: Initializer;
}

/** Convolution: [batch, in, height, width] → [batch, out, height', width']. */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  private readonly initializer: Initializer;
  private readonly biasInitializer: Initializer;
  private readonly options: ConvolutionOptions;

  constructor({ in: inputs, out, kernel, bias = true, initializer, biasInitializer, ...options }: Conv2dOptions) {
    super();
    const groups = options.groups ?? 1;
    if (inputs % groups || out % groups) throw new Error(`Conv2d with ${groups} groups wants channels that divide by it, got in: ${inputs}, out: ${out}.`);
    const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
    this.weight = weight([out, inputs / groups, height, width]);
    this.bias = bias ? weight([out]) : undefined;
    this.options = options;
    this.initializer = initializer ?? torchUniform(fans(this.weight.value.shape).fanIn);
    this.biasInitializer = biasInitializer ?? torchUniform(fans(this.weight.value.shape).fanIn);
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.weight, this.initializer, random.fork('weight'));
    if (this.bias) initialise(this.bias, this.biasInitializer, random.fork('bias'));
  }

  override forward(x: Tensor): Tensor {
    const inputs = this.weight.value.shape[1]! * (this.options.groups ?? 1);
    if (x.rank !== 4 || x.shape[1] !== inputs)
      throw new Error(`Conv2d "${this.weight.name.replace(/\.?weight$/, '')}" wants [batch, ${inputs}, height, width], got ${showShape(x.shape)}.`);
    return conv2d(x, this.weight.value, { ...this.options, bias: this.bias?.value });
  }
}
