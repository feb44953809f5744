import { mul, type Parameter, type Random, rmsNorm, type Shape, type Tensor } from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import type { LayerNormOptions } from './layer-norm.ts';
import { shapeFrom, checkShape } from './check-shape.ts';

/** Divides each sample by the root of its mean square over the last dimensions: the shape [..., ...features] is kept. (Zhang and Sennrich 2019) */
export class RMSNorm extends Module {
  readonly weight: Parameter | undefined;
  private readonly shape: Shape;
  private readonly epsilon: number;

  /** @param options epsilon defaults to float32's machine epsilon, as in PyTorch */
  constructor({ features, epsilon = 2 ** -23, affine = true }: LayerNormOptions) {
    super();
    this.shape = shapeFrom(new.target.name, features);
    this.weight = affine ? weight(this.shape) : undefined;
    this.epsilon = epsilon;
    this.reset();
  }

  override reset(random?: Random): void {
    if (this.weight) initialise(this.weight, constant(1), random);
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['...', ...this.shape]);
    const y = rmsNorm(x, this.shape.length, this.epsilon);
    return this.weight ? mul(y, this.weight.value) : y;
  }
}
