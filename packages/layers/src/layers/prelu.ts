import { type Parameter, prelu, type Random, reshape, scope, type Tensor } from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { nameOf, checkInteger } from './check-shape.ts';

export interface PReLUOptions {
  /** Number of channels (axis 1) with a slope of their own; 1 shares one slope. */
  readonly features?: number;
  /** Initial slope. */
  readonly init?: number;
}

/** x where positive, otherwise a learned slope · x; the shape [batch, features, ...] is kept. (He et al. 2015) */
export class PReLU extends Module {
  readonly weight: Parameter;
  private readonly init: number;

  constructor({ features = 1, init = 0.25 }: PReLUOptions = {}) {
    super();
    checkInteger('PReLU', { features });
    this.weight = weight([features]);
    this.init = init;
    this.reset();
  }

  override reset(random?: Random): void {
    initialise(this.weight, constant(this.init), random);
  }

  override forward(x: Tensor): Tensor {
    const { value } = this.weight;
    if (value.size > 1 && x.shape[1] !== value.size)
      throw new Error(`${nameOf(this)} expects [batch, ${value.size}, ...], got [${x.shape.join(', ')}].`);
    return scope(() =>
      prelu(x, value.size > 1 ? reshape(value, [1, -1, ...Array<number>(x.rank - 2).fill(1)]) : value),
    );
  }
}
