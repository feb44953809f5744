import { layerNorm, type Parameter, type Random, type Shape, standardize, type Tensor } from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { shapeFrom, checkShape } from './check-shape.ts';

/** Options of {@link LayerNorm}. */
export interface LayerNormOptions {
  /** Size of the last dimension, or of the last dimensions. */
  readonly features: number | readonly number[];
  readonly epsilon?: number;
  /** Whether each feature has a weight and a bias. */
  readonly affine?: boolean;
}

/** Normalises each sample over its last dimensions: the shape [..., ...features] is kept. (Ba et al. 2016) */
export class LayerNorm extends Module {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  private readonly shape: Shape;
  private readonly epsilon: number;

  constructor({ features, epsilon = 1e-5, affine = true }: LayerNormOptions) {
    super();
    this.shape = shapeFrom(new.target.name, features);
    this.weight = affine ? weight(this.shape) : undefined;
    this.bias = affine ? weight(this.shape) : undefined;
    this.epsilon = epsilon;
    this.reset();
  }

  override reset(random?: Random): void {
    if (this.weight) initialise(this.weight, constant(1), random);
    if (this.bias) initialise(this.bias, constant(0), random);
  }

  override forward(x: Tensor): Tensor {
    checkShape(this, x, ['...', ...this.shape]);
    return this.weight && this.bias
      ? layerNorm(x, this.weight.value, this.bias.value, this.epsilon)
      : standardize(x, this.shape.length, this.epsilon);
  }
}
