import {
  cast,
  ctc as ctcOf,
  div,
  filled,
  greaterEqual,
  less,
  logSoftmax,
  maximum,
  mean,
  showShape,
  sum,
  upload,
  where,
} from '@graft/tensor';
import type { Loss } from '../loss.ts';

export interface CtcOptions {
  /** The class that stands for "no label here"; default 0. */
  readonly blank?: number;
  /** Whether sequences that are too long for their steps cost nothing, rather than infinitely much. */
  readonly zeroInfinity?: boolean;
}

/** Connectionist temporal classification (Graves et al. 2006): logits [batch, steps, classes], targets [batch, labels] with −1 after the last. Each sequence is divided by its length, then the mean taken, as in PyTorch. */
export function ctc({ blank = 0, zeroInfinity = false }: CtcOptions = {}): Loss {
  if (!(Number.isInteger(blank) && blank >= 0))
    throw new Error(`ctc wants the index of a class as blank, got ${blank}.`);
  return (logits, target) => {
    if (logits.rank !== 3 || blank >= logits.shape[2]!)
      throw new Error(
        `ctc wants logits [batch, steps, classes] with a class ${blank} for the blank, got ${showShape(logits.shape)}.`,
      );
    const targets = upload(target, logits.backend);
    const each = ctcOf(logSoftmax(logits, 2), targets, { blank });
    const lengths = cast(sum(cast(greaterEqual(targets, 0), 'int32'), 1), each.dtype);
    return mean(div(zeroInfinity ? where(less(each, 1e30), each, filled(each, 0)) : each, maximum(lengths, 1)));
  };
}
