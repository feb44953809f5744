import { add, groupNorm, mul, type Parameter, type Random, reshape, scope, type Tensor } from '@graft/tensor';
import { constant } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { nameOf, checkInteger } from './check-shape.ts';

/** Options of {@link GroupNorm}. */
export interface GroupNormOptions {
  readonly groups: number;
  /** Channels. */
  readonly features: number;
  readonly epsilon?: number;
  readonly affine?: boolean;
}

/** Normalises groups of channels of each sample separately; the shape [batch, features, ...] is kept. (Wu and He 2018) */
export class GroupNorm extends Module {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  private readonly groups: number;
  private readonly features: number;
  private readonly epsilon: number;

  constructor({ groups, features, epsilon = 1e-5, affine = true }: GroupNormOptions) {
    super();
    checkInteger('GroupNorm', { groups, features });
    if (features % groups)
      throw new Error(`GroupNorm expects features divisible by groups, got ${features} features and ${groups} groups.`);
    this.weight = affine ? weight([features]) : undefined;
    this.bias = affine ? weight([features]) : undefined;
    this.groups = groups;
    this.features = features;
    this.epsilon = epsilon;
    this.reset();
  }

  override reset(random?: Random): void {
    if (this.weight) initialise(this.weight, constant(1), random);
    if (this.bias) initialise(this.bias, constant(0), random);
  }

  override forward(x: Tensor): Tensor {
    if (x.rank < 2 || x.shape[1] !== this.features)
      throw new Error(`${nameOf(this)} expects [batch, ${this.features}, ...], got [${x.shape.join(', ')}].`);
    const along = (v: Tensor): Tensor => reshape(v, [1, -1, ...Array<number>(x.rank - 2).fill(1)]);
    return scope(() => {
      const y = groupNorm(x, this.groups, this.epsilon);
      return this.weight && this.bias ? add(mul(y, along(this.weight.value)), along(this.bias.value)) : y;
    });
  }
}
