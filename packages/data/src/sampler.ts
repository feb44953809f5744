import type { Random } from '@graft/tensor';

/** The order in which an epoch takes samples. */
export interface Sampler {
  /** How many samples an epoch takes. */
  readonly length: number;
  /** The samples' numbers; drawn from `random` alone, which is another stream each epoch. */
  order(random: Random): Int32Array;
}

/** All samples as they stand. */
export const sequential = (length: number): Sampler => ({
  length,
  order: () => Int32Array.from({ length }, (_, i) => i),
});

/** All samples, shuffled anew each epoch. */
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
 * Draws samples with replacement, each as often as its weight says.
 * @param weights one for each sample, 0 or more
 * @param length draws in an epoch; default as many as there are samples
 * @throws where a weight is negative or all are 0
 */
export function weighted(weights: ArrayLike<number>, length: number = weights.length): Sampler {
  const cumulative = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity))
      throw new Error(`The weight of sample ${i} is ${weight}; weights are 0 or more.`);
    cumulative[i] = sum += weight;
  }
  if (sum === 0)
    throw new Error(`All ${weights.length} weights are 0, so that no sample can be drawn. Give at least one a weight.`);
  return {
    length,
    order: (random) => Int32Array.from({ length }, () => firstAbove(cumulative, random.next() * sum)),
  };
}

/** Draws with replacement so that each class comes up equally often, however many samples it has. */
export function balanced(labels: ArrayLike<number>, length: number = labels.length): Sampler {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
  return weighted(
    Array.from(labels, (label) => 1 / counts.get(label)!),
    length,
  );
}

/**
 * All samples, shuffled anew each epoch, with samples of like length in one batch, so that little is padded: within windows of
 * 50 batches samples are sorted by length, and the batches then shuffled. A last batch that is not full stays last.
 * @param batchSize the loader's
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

/** The first place whose value is above `x`, in a rising array. */
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
