import type { Callback } from '@graft/train';

/** Options of {@link timeLimit}. */
export interface TimeLimitOptions {
  readonly minutes: number;
}

/** Stops a run after the step in which the time limit is reached, and warns. Time counts from the start of the run; a resumed run gets the full time again. Put it before `checkpoint`, which then saves that step. */
export function timeLimit({ minutes }: TimeLimitOptions): Callback {
  if (!(minutes > 0)) throw new Error(`timeLimit expects more than 0 minutes, got ${minutes}.`);
  let started = 0;
  return {
    name: 'timeLimit',
    beforeFit: () => void (started = performance.now()),
    afterStep(state) {
      if (performance.now() - started < minutes * 60_000) return;
      const reason = `the time limit of ${minutes} minute${minutes === 1 ? '' : 's'} was reached`;
      state.stop(reason);
      state.warn(
        `${reason[0]!.toUpperCase()}${reason.slice(1)} after step ${state.step}, in epoch ${state.epoch + 1} of ${state.epochs}.`,
      );
    },
  };
}
