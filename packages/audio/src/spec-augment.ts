import { inference, Module, type Run } from '@graft/layers';
import { mul, scope, tensor, type Tensor } from '@graft/tensor';

/** Options of {@link SpecAugment}. */
export interface SpecAugmentOptions {
  /** The widest mask over frequencies, in bands; default 8. */
  readonly frequencies?: number;
  /** The longest mask over time, in frames; default 20. */
  readonly frames?: number;
  /** Number of masks of each kind; default 2. */
  readonly count?: number;
}

/**
 * Masks bands and frames of spectrograms [batch, …, bands, frames] at random in training, each example with masks of its own, and does nothing at inference (SpecAugment, Park et al.
 * 2019). Masked values are 0, so put it behind a normalisation.
 */
export class SpecAugment extends Module {
  readonly options: Required<SpecAugmentOptions>;

  constructor({ frequencies = 8, frames = 20, count = 2 }: SpecAugmentOptions = {}) {
    super();
    for (const [name, value] of Object.entries({ frequencies, frames, count }))
      if (!Number.isInteger(value) || value < 0)
        throw new Error(`SpecAugment expects ${name} to be an integer of 0 or more, got ${value}.`);
    this.options = { frequencies, frames, count };
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    if (!run.training) return x;
    const [batch, bands, frames] = [x.shape[0]!, x.shape.at(-2)!, x.shape.at(-1)!];
    const mask = (length: number, most: number): Float32Array => {
      const kept = new Float32Array(batch * length).fill(1);
      for (let example = 0; example < batch; example++)
        for (let i = 0; i < this.options.count; i++) {
          const size = run.random.int(Math.min(most, length) + 1);
          const start = example * length + run.random.int(length - size + 1);
          kept.fill(0, start, start + size);
        }
      return kept;
    };
    const inner = x.shape.slice(1, -2).map(() => 1);
    const [ofBands, ofFrames] = [mask(bands, this.options.frequencies), mask(frames, this.options.frames)];
    return scope(() => {
      const { backend } = x;
      const first = tensor(ofBands, { shape: [batch, ...inner, bands, 1], backend });
      return mul(mul(x, first), tensor(ofFrames, { shape: [batch, ...inner, 1, frames], backend }));
    });
  }
}
