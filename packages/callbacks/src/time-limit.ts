import type { Callback } from '@graft/train';

/** Options of {@link timeLimit}. */
export interface TimeLimitOptions {
  readonly minutes: number;
}

/** Ends a run after the step in which its time is up, and warns of it. The time is counted from the run's start; a resumed run has all of it again. Put it before `checkpoint`, which then keeps that step. */
export function timeLimit({ minutes }: TimeLimitOptions): Callback {
  if (!(minutes > 0)) throw new Error(`timeLimit wants more than 0 minutes, got ${minutes}.`);
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
