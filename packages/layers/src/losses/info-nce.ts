import {
  cast,
  div,
  equal,
  greater,
  logSoftmax,
  matmul,
  maximum,
  mul,
  neg,
  reshape,
  showShape,
  sub,
  sum,
  type Tensor,
  tensor,
  upload,
} from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { normalized } from './embeddings.ts';

export interface InfoNceOptions {
  /** Divides cosine similarities; a lower temperature gives hard negatives more weight. Default 0.1. */
  readonly temperature?: number;
}

/**
 * Contrastive loss in which each embedding must identify its positives within the batch (van den Oord et al. 2018). Takes either two views of each sample [batch, 2, features]
 * and ignores the target (Chen et al. 2020, NT-Xent), or [batch, features] with classes [batch] (Khosla et al. 2020, supervised contrastive). Samples without a positive are ignored.
 */
export function infoNce({ temperature = 0.1 }: InfoNceOptions = {}): Loss {
  if (!(temperature > 0)) throw new Error(`infoNce expects a temperature above 0, got ${temperature}.`);
  return (output, target) => {
    const isPairs = output.rank === 3 && output.shape[1] === 2;
    if (!isPairs && !(output.rank === 2 && target.shape.join() === String(output.shape[0])))
      throw new Error(
        `infoNce expects embeddings [batch, 2, features], or [batch, features] with classes [batch], got ${showShape(output.shape)} and ${showShape(target.shape)}.`,
      );
    const rows = normalized(isPairs ? reshape(output, [-1, output.shape[2]!]) : output);
    const count = rows.shape[0]!;
    const classes = isPairs
      ? tensor(
          Int32Array.from({ length: count }, (_, i) => i >> 1),
          { backend: rows.backend },
        )
      : upload(target, rows.backend);
    const itself = identity(count, rows);
    const likes = sub(cast(equal(reshape(classes, [-1, 1]), reshape(classes, [1, -1])), rows.dtype), itself);
    const logs = logSoftmax(sub(div(matmul(rows, rows, false, true), temperature), mul(itself, 1e9)), 1);
    const found = sum(likes, 1);
    const each = div(sum(mul(logs, likes), 1), maximum(found, 1));
    return neg(div(sum(each), maximum(sum(cast(greater(found, 0), rows.dtype)), 1)));
  };
}

const identity = (size: number, { dtype, backend }: Tensor): Tensor =>
  tensor(
    Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    { shape: [size, size], dtype, backend },
  );
