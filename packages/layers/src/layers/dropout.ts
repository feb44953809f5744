import { dropout, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';

/** Sets elements to 0 at random while training; the rest grows by 1 / (1 − probability). */
export class Dropout extends Module {
  readonly probability: number;

  constructor({ probability = 0.5 }: { probability?: number } = {}) {
    super();
    if (!(probability >= 0 && probability < 1)) throw new Error(`Dropout wants a probability from 0 up to, not including, 1; got ${probability}.`);
    this.probability = probability;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return run.training ? dropout(x, this.probability, run.random.key()) : x;
  }
}
