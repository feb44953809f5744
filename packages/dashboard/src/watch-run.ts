import type { Feed } from '@graft/tasks';
import type { Callback } from '@graft/train';
import { dashboardCallback } from './dashboard-callback.ts';
import type { LiveObjective } from './held-out.ts';
import type { LiveEvent } from './live-event.ts';
import type { LiveRun } from './live-run.ts';

/** The parts of a prepared fine-tuning run that the dashboard shows. */
export interface WatchedRun {
  readonly objective: LiveObjective;
  readonly data: {
    readonly names: readonly string[];
    readonly examples: readonly { readonly name: string; readonly input: unknown }[];
  };
  /** Indices of the held-out examples. */
  readonly heldOut: readonly number[];
  readonly backbone: { readonly feed: Pick<Feed, 'show'> };
}

/** Part of the context of `finetune` and `resumeRun` of `@graft/finetune`. */
export interface RunWatcher {
  readonly events: (event: LiveEvent) => void;
  readonly callbacks: (phase: { readonly label: string; readonly fold: object | undefined }) => readonly Callback[];
  readonly onPrepared: (run: WatchedRun) => void;
}

/** Shows a fine-tuning run in a live run: `finetune(options, { app, storage, ...watchRun(live) })`. */
export const watchRun = (live: LiveRun): RunWatcher => ({
  events: live.listen,
  // Each fold has its own held-out examples.
  callbacks: ({ label, fold }) => [dashboardCallback(live, { phase: label, ...(fold && { examples: [] }) })],
  onPrepared({ objective, data, heldOut, backbone }) {
    const examples = heldOut.map((index) => {
      const { name, input } = data.examples[index]!;
      return { name, show: () => backbone.feed.show(input) };
    });
    live.heldOut = { objective, names: data.names, examples };
  },
});
