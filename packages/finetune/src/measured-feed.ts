import type { Module } from '@graft/layers';
import { exactMcNemar, type Label } from '@graft/report';
import type { OnnxOperator } from '@graft/onnx';
import type { Feed } from '@graft/tasks';
import { type AnyBackend, Random, scope } from '@graft/tensor';
import { prepareBatch } from '@graft/train';
import type { ReadExamples } from './example-loader.ts';
import { fittingFeeds } from './fitting-feeds.ts';
import type { RunProgress } from './run-progress.ts';

/** Number of examples that all feeds are measured on, and then the most promising ones, and the least of each class. */
const [few, most, leastPerClass] = [24, 96, 3];
/** Number of feeds besides the first one that are measured on {@link most} examples. */
const promising = 2;
/** By how many examples another feed must do better, and how likely such a difference is by chance: the best of several feeds is compared. */
const [leastGain, mostChance] = [4, 0.02];

/** A feed, and why it is used. */
export interface MeasuredFeed {
  readonly feed: Feed;
  /** Undefined if it is still an assumption. */
  readonly reason?: string;
  /** Whether the reason is that another feed was assumed. */
  readonly isOther?: boolean;
}

/**
 * Chooses among ways to feed a network that nothing in its file rules out. First those are left whose values at the first batch norm have the statistics that the
 * network stores. If several remain, computes features of a few training examples under each, and counts how many are closer to their own class than to another, each
 * left out of its class's mean in turn.
 * @param trained indices of training examples
 */
export async function measuredFeed(
  examples: ReadExamples,
  trained: readonly number[],
  {
    feed,
    module,
    operators,
    backend,
    labelOf,
    noun,
    progress,
  }: {
    readonly feed: Feed;
    /** Computes features. */
    readonly module: Module;
    readonly operators: readonly OnnxOperator[];
    readonly backend: AnyBackend;
    /** The class of an example; undefined if examples are not of one class each. */
    readonly labelOf: ((index: number) => Label) | undefined;
    readonly noun: readonly [string, string];
    readonly progress: RunProgress;
  },
): Promise<MeasuredFeed> {
  const { alternatives = [] } = feed;
  if (!alternatives.length) return { feed };
  const spread = evenly(trained, few);
  const fitting = await fittingFeeds(examples, spread, {
    feeds: [feed, ...alternatives],
    operators,
    backend,
    progress,
  });
  const feeds = fitting ? fitting.map((one) => one.feed) : [feed, ...alternatives];
  // The assumption comes first among those that cannot be distinguished.
  if (feeds.includes(feed)) feeds.unshift(...feeds.splice(feeds.indexOf(feed), 1));
  const [first = feed] = feeds;
  const closer =
    labelOf && feeds.length > 1
      ? await separating(feeds, examples, trained, { module, backend, labelOf, progress })
      : undefined;
  const chosen = closer?.feed ?? first;
  const named = (one: Feed): string => one.description ?? 'this';
  const unknown = "Nothing specifies the network's normalisation, ";
  if (closer)
    return {
      feed: chosen,
      reason: `${unknown}so features of ${closer.count} ${noun[1]} were compared: the network is fed ${named(chosen)} (${closer.right} of ${closer.count}) instead of ${named(first)} (${closer.before} of ${closer.count}), because more of them are closest to their own class. ${override}`,
      isOther: chosen !== feed,
    };
  if (!fitting) return { feed };
  const stored = 'its first batch norm stores the mean and variance that its inputs gave in training';
  return chosen === feed
    ? {
        // What is assumed whatever the normalisation remains.
        feed: { ...feed, assumptions: alternatives[0]!.assumptions },
        reason: `${unknown}but ${stored}, and ${noun[1]} give the same as ${named(feed)}.`,
      }
    : {
        feed: chosen,
        reason: `${unknown}but ${stored}: the network is fed ${named(chosen)}, because then ${noun[1]} give the same. ${override}`,
        isOther: true,
      };
}

const override = 'Set the options mean and std, or the option range, to choose.';

/** The feed under which clearly more examples than under the first are closest to their own class. */
async function separating(
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
      await progress.breathe();
      const { input } = await examples.get(index);
      // Every random transform is off in evaluation.
      const batch = feed.collate([{ input: await feed.evaluation(input, new Random(0)), label: 0 }], [index]);
      const result = scope(() => module.forward(prepareBatch(batch, backend).input as never));
      features.set(index, Float64Array.from((await result.array()) as Float32Array));
      result.dispose();
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

/** At most this many numbers of a list, evenly spaced. */
const evenly = (all: readonly number[], count: number): number[] => {
  const wanted = Math.min(count, all.length);
  return Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)]!);
};

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
