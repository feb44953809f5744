import { importOnnx, type OnnxOperator, storedStatistics } from '@graft/onnx';
import type { Feed } from '@graft/tasks';
import type { AnyBackend } from '@graft/tensor';
import { forAnyBatch } from './any-batch.ts';
import type { ReadExamples } from './example-loader.ts';
import { outputUnder } from './output-under.ts';
import type { RunProgress } from './run-progress.ts';

/** How far the statistics under a feed are from those that a network stores. */
export interface FeedDistance {
  readonly feed: Feed;
  /** Median over channels of the Kullback–Leibler divergence between two normal distributions; 0 if mean and variance are the same. */
  readonly distance: number;
}

/** Distance up to which a feed fits. Photos of another subject are this far from those of the training, another range of values is much farther. */
const mostDistance = 0.5;
/** By which factor the best feed must be closer to rule another one out. */
const clearFactor = 4;

/**
 * Finds the feeds under which the values at a network's first batch norm have the mean and variance that it stores.
 * @param sample indices of examples
 * @returns the closest first; undefined if the network stores no statistics, or none fits them
 */
export async function fittingFeeds(
  examples: ReadExamples,
  sample: readonly number[],
  {
    feeds,
    operators,
    backend,
    progress,
  }: {
    readonly feeds: readonly Feed[];
    readonly operators: readonly OnnxOperator[];
    readonly backend: AnyBackend;
    readonly progress: RunProgress;
  },
): Promise<readonly FeedDistance[] | undefined> {
  const stored = storedStatistics(feeds[0]!.file);
  if (!stored) return undefined;
  const graph = importOnnx(feeds[0]!.file, { operators, outputs: [stored.value] });
  const module = await forAnyBatch(graph).to(backend);
  const found: FeedDistance[] = [];
  try {
    for (const feed of feeds) {
      const channels = stored.mean.map(() => ({ count: 0, sum: 0, squares: 0 }));
      for (const index of sample)
        addTo(channels, await outputUnder(feed, index, { examples, module, backend, progress }));
      const distance = median(
        channels.map(({ count, sum, squares }, c) => {
          const mean = sum / count;
          return divergence(
            { mean, variance: Math.max(0, squares / count - mean * mean) },
            { mean: stored.mean[c]!, variance: stored.variance[c]! },
          );
        }),
      );
      // Of values that overflow nothing is known.
      found.push({ feed, distance: Number.isNaN(distance) ? Infinity : distance });
      progress.count('comparing ways to feed the network', found.length, feeds.length);
    }
  } finally {
    module.dispose();
  }
  found.sort((a, b) => a.distance - b.distance);
  const closest = found[0]!.distance;
  if (!(closest <= mostDistance)) return undefined;
  return found.filter(({ distance }) => distance <= clearFactor * closest);
}

interface Moments {
  count: number;
  sum: number;
  squares: number;
}

/** Adds the values of one example [1, channels, …]. */
function addTo(channels: readonly Moments[], values: Float32Array): void {
  const size = values.length / channels.length;
  channels.forEach((moments, c) => {
    for (let i = c * size; i < (c + 1) * size; i++) {
      moments.sum += values[i]!;
      moments.squares += values[i]! ** 2;
    }
    moments.count += size;
  });
}

/** Keeps the logarithm finite for channels that are constant. */
const leastVariance = 1e-12;

/** The Kullback–Leibler divergence of one normal distribution from another. */
function divergence(
  one: { readonly mean: number; readonly variance: number },
  other: { readonly mean: number; readonly variance: number },
): number {
  const [a, b] = [one.variance + leastVariance, other.variance + leastVariance];
  return 0.5 * (a / b + (one.mean - other.mean) ** 2 / b - 1 - Math.log(a / b));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
