import { gather, type Parameter, Random, type Tensor } from '@graft/tensor';
import { normal } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';

/** A learned vector for each of a number of things: integers [...] → [..., features]. */
export class Embedding extends Module {
  readonly weight: Parameter;

  /** @param count how many things there are; their numbers go from 0 */
  constructor({ count, features }: { count: number; features: number }) {
    super();
    this.weight = weight([count, features]);
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.weight, normal(1), random.fork('weight'));
  }

  override forward(indices: Tensor): Tensor {
    return gather(this.weight.value, indices, 0);
  }
}
