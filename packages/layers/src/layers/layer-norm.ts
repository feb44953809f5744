import { layerNorm, type Parameter, type Random, showShape, type Tensor } from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';

/** Normalises each sample over its last dimensions: [..., ...features] keeps its shape. (Ba et al. 2016) */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  private readonly epsilon: number;

  /** @param features size of the last dimension, or of the last dimensions */
  constructor({ features, epsilon = 1e-5 }: { features: number | readonly number[]; epsilon?: number }) {
    super();
    const shape = typeof features === 'number' ? [features] : features;
    this.weight = weight(shape);
    this.bias = weight(shape);
    this.epsilon = epsilon;
    this.reset();
  }

  override reset(random?: Random): void {
    initialise(this.weight, constant(1), random as Random); // constants draw nothing
    initialise(this.bias, constant(0), random as Random);
  }

  override forward(x: Tensor): Tensor {
    const { shape } = this.weight.value;
    if (shape.some((dim, i) => x.shape[x.rank - shape.length + i] !== dim)) throw new Error(`LayerNorm "${this.weight.name.replace(/\.?weight$/, '')}" wants [..., ${shape.join(', ')}], got ${showShape(x.shape)}.`);
    return layerNorm(x, this.weight.value, this.bias.value, this.epsilon);
  }
}
