import { type AnyBackend, matmul, scope, tensor } from '@graft/tensor';
import type { Features } from './features.ts';
import type { Link } from './link.ts';
import { unitVector } from './unit-vector.ts';

/** Options of {@link nearestNeighbours}. */
export interface NearestNeighboursOptions {
  readonly link: Link;
  /** Number of outputs: classes, labels or target values. */
  readonly outputs: number;
  readonly backend: AnyBackend;
  /** Number of neighbours; default 5. */
  readonly neighbours?: number;
}

/** Number of examples whose similarities to all others are in memory at once. */
const chunk = 64;
/** Smallest share of a vote, so its logarithm is finite. */
const least = 1e-3;

/**
 * Predicts examples from the training examples whose features have the largest cosine similarity: the share of each class (softmax) or label (sigmoid) as logits, or the mean
 * of the target values. A baseline without any training.
 * @param known features of training examples, as vectors; maps and sequences are compared as they are
 */
export async function nearestNeighbours(
  known: Features,
  wanted: Features,
  { link, outputs, backend, neighbours = 5 }: NearestNeighboursOptions,
): Promise<Float32Array[]> {
  const count = Math.min(neighbours, known.samples.length);
  const width = known.size;
  const unitRows = (some: Features['samples']): Float32Array => {
    const rows = new Float32Array(some.length * width);
    for (const [i, { input }] of some.entries()) rows.set(unitVector(input), i * width);
    return rows;
  };
  const all = tensor(unitRows(known.samples), { shape: [known.samples.length, width], backend });
  const found: Float32Array[] = [];
  try {
    for (let from = 0; from < wanted.samples.length; from += chunk) {
      const some = wanted.samples.slice(from, from + chunk);
      const product = scope(() =>
        matmul(tensor(unitRows(some), { shape: [some.length, width], backend }), all, false, true),
      );
      const similarities = (await product.array()) as Float32Array;
      product.dispose();
      for (let i = 0; i < some.length; i++) {
        const row = similarities.subarray(i * known.samples.length, (i + 1) * known.samples.length);
        found.push(
          vote(
            nearest(row, count).map((place) => known.samples[place]!.label),
            outputs,
            link,
          ),
        );
      }
    }
  } finally {
    all.dispose();
  }
  return found;
}

/** Indices of the largest values, the largest first. */
function nearest(values: Float32Array, count: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (kept.length === count && !(values[i]! > values[kept.at(-1)!]!)) continue;
    let place = kept.length;
    while (place > 0 && values[i]! > values[kept[place - 1]!]!) place--;
    kept.splice(place, 0, i);
    if (kept.length > count) kept.pop();
  }
  return kept;
}

function vote(labels: readonly (number | Float32Array)[], outputs: number, link: Link): Float32Array {
  const shares = new Float32Array(outputs);
  for (const [rank, label] of labels.entries()) {
    const weight = 1 + 1e-3 / (rank + 1); // the nearer one decides a tie
    if (typeof label === 'number') shares[label]! += weight / labels.length;
    else for (let k = 0; k < outputs; k++) shares[k]! += label[k]! / labels.length;
  }
  if (link === 'identity') return shares;
  if (link === 'sigmoid')
    return shares.map((share) => {
      const bounded = Math.min(Math.max(share, least), 1 - least);
      return Math.log(bounded / (1 - bounded));
    });
  return shares.map((share) => Math.log(Math.max(share, least)));
}
