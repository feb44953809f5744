import type { Histogram } from './event.ts';

/** Upper ends of buckets, each 10 % wider than the previous, as in TensorBoard. */
const ends: readonly number[] = (() => {
  const positive: number[] = [];
  for (let end = 1e-12; end < 1e20; end *= 1.1) positive.push(end);
  return [...positive.map((end) => -end).reverse(), 0, ...positive, Number.MAX_VALUE];
})();

/** Computes a histogram of the finite numbers. Empty buckets are omitted, except next to non-empty ones. */
export function histogramOf(values: ArrayLike<number>): Histogram {
  const counts = new Float64Array(ends.length);
  let [min, max, num, sum, sumSquares] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    counts[bucketOf(value)]!++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    num++;
    sum += value;
    sumSquares += value * value;
  }
  if (num === 0) return { min: 0, max: 0, num: 0, sum: 0, sumSquares: 0, bucketLimit: [0], bucket: [0] };
  const kept = ends.flatMap((_, i) => (counts[i]! > 0 || (counts[i + 1] ?? 0) > 0 ? [i] : []));
  return {
    min,
    max,
    num,
    sum,
    sumSquares,
    bucketLimit: kept.map((i) => ends[i]!),
    bucket: kept.map((i) => counts[i]!),
  };
}

/** The first bucket whose end is at least a value. */
function bucketOf(value: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
