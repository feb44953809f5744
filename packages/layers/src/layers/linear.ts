import { add, matmul, type Parameter, Random, type Tensor } from '@graft/tensor';
import { type Initializer, torchUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { nameOf, checkInteger } from './check-shape.ts';

/** Options of {@link Linear}. */
export interface LinearOptions {
  /** Input and output features. */
  readonly in: number;
  readonly out: number;
  readonly bias?: boolean;
  /** Initializer of the weights; default ±1/√in, as in PyTorch. */
  readonly initializer?: Initializer;
  /** Initializer of the bias; default: the same range. */
  readonly biasInitializer?: Initializer;
}

/** x · weightᵀ + bias: [..., in] → [..., out]. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  private readonly initializer: Initializer;
  private readonly biasInitializer: Initializer;

  constructor({ in: inputs, out, bias = true, initializer, biasInitializer }: LinearOptions) {
    super();
    checkInteger(new.target.name, { in: inputs, out });
    this.weight = weight([out, inputs]);
    this.bias = bias ? weight([out]) : undefined;
    this.initializer = initializer ?? torchUniform(inputs);
    this.biasInitializer = biasInitializer ?? torchUniform(inputs);
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.weight, this.initializer, random.fork('weight'));
    if (this.bias) initialise(this.bias, this.biasInitializer, random.fork('bias'));
  }

  override forward(x: Tensor): Tensor {
    const inputs = this.weight.value.shape[1]!;
    if (x.shape.at(-1) !== inputs)
      throw new Error(
        `${nameOf(this)} expects ${inputs} features, got [${x.shape.join(', ')}]. Use flatten() or another input size.`,
      );
    const product = matmul(x, this.weight.value, false, true);
    return this.bias ? add(product, this.bias.value) : product;
  }
}
