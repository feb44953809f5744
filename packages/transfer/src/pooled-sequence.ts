import { type AnyModule, forward, inference, Module, type ModuleInput, type Run } from '@graft/layers';
import {
  cast,
  div,
  maximum,
  mean,
  mul,
  narrow,
  scope,
  showShape,
  squeeze,
  sum,
  Tensor,
  unsqueeze,
} from '@graft/tensor';
import type { SequencePooling } from './pool-features.ts';

/** Options of {@link PooledSequence}. */
export interface PooledSequenceOptions {
  /** How to pool the sequence; default `mean`. */
  readonly pool?: SequencePooling | undefined;
  /** The input that is 1 for tokens and 0 for padding, [batch, tokens]; by default all tokens count. */
  readonly mask?: string | undefined;
}

/** Pools the output of a module, a sequence [batch, tokens, width], to vectors [batch, width]: its first token, or the mean of its tokens without padding. */
export class PooledSequence extends Module<ModuleInput> {
  readonly sequence: AnyModule;
  private readonly pool: SequencePooling;
  private readonly mask: string | undefined;

  constructor(sequence: AnyModule, { pool = 'mean', mask }: PooledSequenceOptions = {}) {
    super();
    if (pool !== 'mean' && pool !== 'first')
      throw new Error(`PooledSequence expects "pool" to be "mean" or "first", got ${JSON.stringify(pool)}.`);
    this.sequence = sequence;
    this.pool = pool;
    this.mask = mask;
  }

  /** @throws if the module's output is not a sequence, or the mask is not among the inputs or has another shape */
  override forward(input: ModuleInput, run: Run = inference): Tensor {
    return scope(() => {
      const x = scope(() => forward<ModuleInput>(this.sequence, input, run));
      if (x.rank !== 3)
        throw new Error(`PooledSequence expects a sequence [batch, tokens, width], got ${showShape(x.shape)}.`);
      if (this.pool === 'first') return squeeze(narrow(x, 1, 0, 1), [1]);
      if (this.mask === undefined) return mean(x, 1);
      const mask = input instanceof Tensor ? undefined : input[this.mask];
      if (!mask) throw new Error(`PooledSequence expects the input "${this.mask}" as its mask, but it is missing.`);
      if (mask.rank !== 2 || mask.shape[0] !== x.shape[0] || mask.shape[1] !== x.shape[1])
        throw new Error(
          `The mask "${this.mask}" is ${showShape(mask.shape)}, but the sequence is ${showShape(x.shape)}. Cut the backbone at a value with one vector per token.`,
        );
      const counts = unsqueeze(cast(mask, x.dtype), [2]);
      return div(sum(mul(x, counts), 1), maximum(sum(counts, 1), 1)); // 0 for a text without tokens
    });
  }
}
