import { add, dropout, full, mul, scope, sub, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';
import { nameOf, checkProbability, checkShape } from './check-shape.ts';

export interface DropoutOptions {
  /** Fraction that is set to 0. */
  readonly probability?: number;
}

/** Base of layers that drop values at random in training and do nothing at inference. */
abstract class RandomlyDropped extends Module {
  readonly probability: number;

  constructor(probability: number) {
    super();
    checkProbability(new.target.name, probability);
    this.probability = probability;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    this.check(x);
    return run.training && this.probability > 0 ? scope(() => this.dropped(x, run)) : x;
  }
  protected check(_x: Tensor): void {}
  protected abstract dropped(x: Tensor, run: Run): Tensor;

  /** A mask over the first dimensions that broadcasts against x: 0, or 1 / (1 − probability). */
  protected mask(x: Tensor, dims: number, run: Run): Tensor {
    return dropout(
      full(
        x.shape.map((dim, i) => (i < dims ? dim : 1)),
        1,
        x,
      ),
      this.probability,
      run.random.key(),
    );
  }
}

/** Sets elements to 0 at random in training and scales the others by 1 / (1 − probability) (Srivastava et al. 2014). */
export class Dropout extends RandomlyDropped {
  constructor({ probability = 0.5 }: DropoutOptions = {}) {
    super(probability);
  }
  protected override dropped(x: Tensor, run: Run): Tensor {
    return dropout(x, this.probability, run.random.key());
  }
}

/** Sets whole channels of [batch, channels, height, width] to 0 at random in training and scales the others by 1 / (1 − probability) (Tompson et al. 2015). */
export class Dropout2d extends RandomlyDropped {
  constructor({ probability = 0.5 }: DropoutOptions = {}) {
    super(probability);
  }
  protected override check(x: Tensor): void {
    checkShape(this, x, ['batch', 'channels', 'height', 'width']);
  }
  protected override dropped(x: Tensor, run: Run): Tensor {
    return mul(x, this.mask(x, 2, run));
  }
}

/** Stochastic depth, for the end of a residual branch: drops samples of [batch, ...] at random in training and scales the others by 1 / (1 − probability) (Huang et al. 2016). */
export class DropPath extends RandomlyDropped {
  constructor({ probability = 0.1 }: DropoutOptions = {}) {
    super(probability);
  }
  protected override check(x: Tensor): void {
    if (x.rank < 1) throw new Error(`${nameOf(this)} expects [batch, ...], got [].`);
  }
  protected override dropped(x: Tensor, run: Run): Tensor {
    return mul(x, this.mask(x, 1, run));
  }
}

/** Sets elements to SELU's minimum at random in training, and rescales to keep mean 0 and variance 1 (Klambauer et al. 2017). */
export class AlphaDropout extends RandomlyDropped {
  constructor({ probability = 0.5 }: DropoutOptions = {}) {
    super(probability);
  }
  protected override dropped(x: Tensor, run: Run): Tensor {
    const kept = 1 - this.probability;
    const least = -1.7580993408473766;
    const scale = (kept * (1 + this.probability * least ** 2)) ** -0.5;
    const mask = mul(this.mask(x, x.rank, run), kept);
    return add(mul(add(mul(x, mask), mul(sub(1, mask), least)), scale), -scale * this.probability * least);
  }
}
