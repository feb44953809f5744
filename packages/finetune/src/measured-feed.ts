import type { Module } from '@graft/layers';
import type { OnnxOperator } from '@graft/onnx';
import { GraftError } from '@graft/plugin';
import type { Label } from '@graft/report';
import type { Feed } from '@graft/tasks';
import type { AnyBackend } from '@graft/tensor';
import { evenly } from './evenly.ts';
import type { ReadExamples } from './example-loader.ts';
import { fittingFeeds } from './fitting-feeds.ts';
import type { RunProgress } from './run-progress.ts';
import type { RecordedFeed } from './run-record.ts';
import { separatingFeed } from './separating-feed.ts';

/** Number of examples whose statistics are compared with those that a network stores. */
const compared = 24;

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
  const spread = evenly(trained, compared);
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
      ? await separatingFeed(feeds, examples, trained, { module, backend, labelOf, progress })
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
        feed: confirmed(feed),
        reason: `${unknown}but ${stored}, and ${noun[1]} give the same as ${named(feed)}.`,
      }
    : {
        feed: chosen,
        reason: `${unknown}but ${stored}: the network is fed ${named(chosen)}, because then ${noun[1]} give the same. ${override}`,
        isOther: true,
      };
}

/**
 * The feed that a run began with, among those that nothing in the model rules out.
 * @param name of the model, for messages
 * @throws if the record does not say, or it is none of them: with another one, the run would go on with other features
 */
export function feedAsBegun(feed: Feed, recorded: RecordedFeed | undefined, name: string): MeasuredFeed {
  const { alternatives = [] } = feed;
  if (!alternatives.length) return { feed };
  const known =
    recorded &&
    [feed, ...alternatives].find((one) => sortedJson(one.preprocessing) === sortedJson(recorded.preprocessing));
  if (!known)
    throw new GraftError(
      `Another version of Graft chose how examples are fed to "${name}" when the run began, and ${recorded ? 'this version does not know that way' : 'its run.json does not say how'}. Train again.`,
      { code: 'run.changed', place: name },
    );
  const { reason } = recorded;
  if (reason === undefined) return { feed: known };
  return { feed: known === feed ? confirmed(feed) : known, reason, isOther: known !== feed };
}

const sortedJson = (value: object): string =>
  JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** A feed whose normalisation is no longer an assumption; the others remain. */
const confirmed = (feed: Feed): Feed => ({ ...feed, assumptions: feed.alternatives![0]!.assumptions });

const override = 'Set the options mean and std, or the option range, to choose.';
