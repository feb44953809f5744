import type { Module } from '@graft/layers';
import { exactMcNemar, type Label } from '@graft/report';
import type { Feed } from '@graft/tasks';
import type { AnyBackend } from '@graft/tensor';
import { evenly } from './evenly.ts';
import type { ReadExamples } from './example-loader.ts';
import { outputUnder } from './output-under.ts';
import type { RunProgress } from './run-progress.ts';

/** Number of examples that all feeds are measured on, and then the most promising ones, and the least of each class. */
const [few, most, leastPerClass] = [24, 96, 3];
/** Number of feeds besides the first one that are measured on {@link most} examples. */
const promising = 2;
/** By how many examples another feed must do better, and how likely such a difference is by chance: the best of several feeds is compared. */
const [leastGain, mostChance] = [4, 0.02];

/** The feed under which clearly more examples than under the first are closest to their own class. */
export async function separatingFeed(
  feeds: readonly Feed[],
  examples: ReadExamples,
  trained: readonly number[],
  {
    module,
    backend,
    labelOf,
    progress,
  }: {
    readonly module: Module;
    readonly backend: AnyBackend;
    readonly labelOf: (index: number) => Label;
    readonly progress: RunProgress;
  },
): Promise<
  { readonly feed: Feed; readonly right: number; readonly before: number; readonly count: number } | undefined
> {
  const [first] = feeds;
  const known = new Map<Feed, Map<number, Float64Array>>(feeds.map((feed) => [feed, new Map()]));
  const rightUnder = async (feed: Feed, sample: readonly number[]): Promise<boolean[]> => {
    const features = known.get(feed)!;
    for (const index of sample) {
      if (features.has(index)) continue;
      const values = await outputUnder(feed, index, { examples, module, backend, progress });
      features.set(index, Float64Array.from(values));
    }
    return nearestToOwn(
      sample.map((index) => features.get(index)!),
      sample.map(labelOf),
    );
  };
  const measured = async (some: readonly Feed[], count: number): Promise<{ feed: Feed; right: boolean[] }[]> => {
    const sample = sampleOf(trained, labelOf, count);
    if (!sample) return [];
    const all: { feed: Feed; right: boolean[] }[] = [];
    for (const feed of some) {
      all.push({ feed, right: await rightUnder(feed, sample) });
      progress.count('comparing ways to feed the network', all.length, some.length);
    }
    return all.toSorted((one, other) => total(other.right) - total(one.right));
  };
  const round = await measured(feeds, few);
  const candidates = round.map(({ feed }) => feed).filter((feed) => feed !== first);
  const rows = await measured([first!, ...candidates.slice(0, promising)], most);
  const [best, before] = [rows[0], rows.find(({ feed }) => feed === first)];
  if (!best || !before || best === before) return undefined;
  const gained = best.right.filter((right, i) => right && !before.right[i]).length;
  const lost = before.right.filter((right, i) => right && !best.right[i]).length;
  if (gained - lost < leastGain || exactMcNemar(gained, lost) > mostChance) return undefined;
  return { feed: best.feed, right: total(best.right), before: total(before.right), count: best.right.length };
}

const total = (right: readonly boolean[]): number => right.filter(Boolean).length;

/** Examples of each class, evenly spaced, about as many as asked for in all; undefined if there are too few. */
function sampleOf(trained: readonly number[], labelOf: (index: number) => Label, most: number): number[] | undefined {
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
  return used.flatMap((all) => evenly(all, count));
}

/** Which vectors are closer to the mean of the others of their class than to the mean of another one, with each number on the scale of its own spread. */
function nearestToOwn(features: readonly Float64Array[], labels: readonly Label[]): boolean[] {
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
  return scaled.map((one, i) => {
    let [own, nearest] = [Infinity, Infinity];
    for (const [label, { sum, count }] of sums) {
      const isOwn = label === labels[i];
      const others = isOwn ? count - 1 : count;
      let distance = 0;
      for (let k = 0; k < size; k++) distance += (one[k]! - (sum[k]! - (isOwn ? one[k]! : 0)) / others) ** 2;
      if (isOwn) own = distance;
      else nearest = Math.min(nearest, distance);
    }
    return own < nearest;
  });
}
