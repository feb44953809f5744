import type { Module } from '@graft/layers';
import type { Label } from '@graft/report';
import type { Feed } from '@graft/tasks';
import { type AnyBackend, Random, scope } from '@graft/tensor';
import { prepareBatch } from '@graft/train';
import type { ReadExamples } from './example-loader.ts';
import type { RunProgress } from './run-progress.ts';

/** Number of examples that are measured in all, and the least of each class. */
const [most, leastPerClass] = [24, 3];
/** By how many examples another feed must do better: fewer may be chance. */
const leastGain = 4;

/** A feed, and why it is another one than was assumed. */
export interface MeasuredFeed {
  readonly feed: Feed;
  readonly reason?: string;
}

/**
 * Chooses among ways to feed a network that nothing in its file rules out: computes features of a few training examples under each, and counts how many are closer to
 * their own class than to another, each left out of its class's mean in turn.
 * @param trained indices of training examples; each label is one class
 */
export async function measuredFeed(
  examples: ReadExamples,
  trained: readonly number[],
  {
    feed,
    module,
    backend,
    labelOf,
    noun,
    progress,
  }: {
    readonly feed: Feed;
    /** Computes features. */
    readonly module: Module;
    readonly backend: AnyBackend;
    readonly labelOf: (index: number) => Label;
    readonly noun: readonly [string, string];
    readonly progress: RunProgress;
  },
): Promise<MeasuredFeed> {
  const { alternatives = [] } = feed;
  const sample = sampleOf(trained, labelOf);
  if (!alternatives.length || !sample) return { feed };
  const feeds = [feed, ...alternatives];
  const right: number[] = [];
  for (const one of feeds) {
    const features: Float64Array[] = [];
    for (const index of sample) {
      await progress.breathe();
      const { input } = await examples.get(index);
      // Every random transform is off in evaluation.
      const ready = await one.evaluation(input, new Random(0));
      const batch = one.collate([{ input: ready, label: 0 }], [index]);
      const result = scope(() => module.forward(prepareBatch(batch, backend).input as never));
      features.push(Float64Array.from((await result.array()) as Float32Array));
      result.dispose();
    }
    right.push(nearestToOwn(features, sample.map(labelOf)));
    progress.count('comparing ways to feed the network', right.length, feeds.length);
  }
  const best = right.indexOf(Math.max(...right));
  const said = (i: number): string => `${feeds[i]!.description ?? 'this'} (${right[i]} of ${sample.length})`;
  if (right[best]! - right[0]! < leastGain) return { feed };
  return {
    feed: feeds[best]!,
    reason: `Nothing specifies the network's normalisation, so features of ${sample.length} ${noun[1]} were compared: the network is fed ${said(best)} instead of ${said(0)}, because more of them are closest to their own class. Set the options mean and std, or the option range, to choose.`,
  };
}

/** A few examples of each class, evenly spaced; undefined if there are too few. */
function sampleOf(trained: readonly number[], labelOf: (index: number) => Label): number[] | undefined {
  const classes = new Map<Label, number[]>();
  for (const index of trained) {
    const label = labelOf(index);
    if (typeof label !== 'number') return undefined;
    const known = classes.get(label);
    if (known) known.push(index);
    else classes.set(label, [index]);
  }
  const count = Math.max(leastPerClass, Math.floor(most / Math.max(2, classes.size)));
  const used = [...classes.values()].filter(({ length }) => length >= leastPerClass).slice(0, Math.floor(most / count));
  if (used.length < 2) return undefined;
  return used.flatMap((all) => {
    const wanted = Math.min(count, all.length);
    return Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)]!);
  });
}

/** How many vectors are closer to the mean of the others of their class than to the mean of another one, with each number on the scale of its own spread. */
function nearestToOwn(features: readonly Float64Array[], labels: readonly Label[]): number {
  const size = features[0]!.length;
  const mean = new Float64Array(size);
  const spread = new Float64Array(size);
  for (const one of features) one.forEach((value, k) => (mean[k]! += value / features.length));
  for (const one of features) one.forEach((value, k) => (spread[k]! += (value - mean[k]!) ** 2 / features.length));
  const scaled = features.map((one) =>
    one.map((value, k) => (spread[k]! > 0 ? (value - mean[k]!) / Math.sqrt(spread[k]!) : 0)),
  );
  const sums = new Map<Label, { sum: Float64Array; count: number }>();
  for (const [i, one] of scaled.entries()) {
    const known = sums.get(labels[i]!) ?? { sum: new Float64Array(size), count: 0 };
    one.forEach((value, k) => (known.sum[k]! += value));
    known.count++;
    sums.set(labels[i]!, known);
  }
  let right = 0;
  for (const [i, one] of scaled.entries()) {
    let [own, nearest] = [Infinity, Infinity];
    for (const [label, { sum, count }] of sums) {
      const isOwn = label === labels[i];
      const others = isOwn ? count - 1 : count;
      let distance = 0;
      for (let k = 0; k < size; k++) distance += (one[k]! - (sum[k]! - (isOwn ? one[k]! : 0)) / others) ** 2;
      if (isOwn) own = distance;
      else nearest = Math.min(nearest, distance);
    }
    if (own < nearest) right++;
  }
  return right;
}
