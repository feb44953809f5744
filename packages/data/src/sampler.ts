import type { Random } from '@graft/tensor';

/** Defines which samples an epoch uses, and in which order. */
export interface Sampler {
  /** Samples per epoch. */
  readonly length: number;
  /** The sample indices of an epoch. They must depend only on `random`, which is a different stream in each epoch. */
  order(random: Random): Int32Array;
}

/** All samples in order. */
export const sequential = (length: number): Sampler => ({
  length,
  order: () => Int32Array.from({ length }, (_, i) => i),
});

/** All samples, shuffled in each epoch. */
export const shuffled = (length: number): Sampler => ({
  length,
  order(random) {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = random.int(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  },
});

/**
 * Draws samples with replacement, with probabilities in proportion to their weights.
 * @param weights one per sample, 0 or more
 * @param length draws per epoch; default the number of samples
 * @throws if a weight is negative, or all are 0
 */
export function weighted(weights: ArrayLike<number>, length: number = weights.length): Sampler {
  const cumulative = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity))
      throw new Error(`Weights must be 0 or more, but sample ${i} has ${weight}.`);
    cumulative[i] = sum += weight;
  }
  if (sum === 0) throw new Error(`All ${weights.length} weights are 0. Give at least one sample a weight above 0.`);
  return {
    length,
    order: (random) => Int32Array.from({ length }, () => firstAbove(cumulative, random.next() * sum)),
  };
}

/** Draws samples with replacement, all classes equally often. */
export function balanced(labels: ArrayLike<number>, length: number = labels.length): Sampler {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  return weighted(
    Array.from(labels, (label) => 1 / counts.get(label)!),
    length,
  );
}

/**
 * All samples, shuffled in each epoch, with samples of similar length in each batch, which reduces padding. Samples are sorted by length within
 * windows of 50 batches, and then the batches are shuffled. An incomplete last batch stays last.
 * @param batchSize the batch size of the loader
 */
export const bucketed = (lengths: ArrayLike<number>, batchSize: number): Sampler => ({
  length: lengths.length,
  order(random) {
    const order = shuffled(lengths.length).order(random);
    for (let start = 0; start < order.length; start += 50 * batchSize)
      order.subarray(start, start + 50 * batchSize).sort((a, b) => lengths[a]! - lengths[b]!);
    const full = Math.floor(order.length / batchSize);
    const places = shuffled(full).order(random);
    const batches = Array.from(places, (place) => order.subarray(place * batchSize, (place + 1) * batchSize));
    return Int32Array.from([...batches, order.subarray(full * batchSize)].flatMap((batch) => [...batch]));
  },
});

/** The first index with a value above `x` in a sorted array. */
function firstAbove(rising: Float64Array, x: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
