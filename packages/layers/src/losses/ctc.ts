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
  /** The blank class; default 0. */
  readonly blank?: number;
  /** Whether targets too long for their steps cost 0 instead of infinity. */
  readonly zeroInfinity?: boolean;
}

/** Connectionist temporal classification (Graves et al. 2006): logits [batch, steps, classes], targets [batch, labels] padded with −1. Each sequence's loss is divided by its length, then averaged, as in PyTorch. */
export function ctc({ blank = 0, zeroInfinity = false }: CtcOptions = {}): Loss {
  if (!(Number.isInteger(blank) && blank >= 0)) throw new Error(`ctc expects blank to be a class index, got ${blank}.`);
  return (logits, target) => {
    if (logits.rank !== 3 || blank >= logits.shape[2]!)
      throw new Error(
        `ctc expects logits [batch, steps, classes] with class ${blank} as the blank, got ${showShape(logits.shape)}.`,
      );
    const targets = upload(target, logits.backend);
    const each = ctcOf(logSoftmax(logits, 2), targets, { blank });
    const lengths = cast(sum(cast(greaterEqual(targets, 0), 'int32'), 1), each.dtype);
    return mean(div(zeroInfinity ? where(less(each, 1e30), each, filled(each, 0)) : each, maximum(lengths, 1)));
  };
}
