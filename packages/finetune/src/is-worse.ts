import { validationName } from '@graft/train';
import { keptEpoch } from './describe-phases.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { TrainedPhase } from './run-phases.ts';

/** The losses of the held-out examples, each by itself. */
export interface HeldOutLosses {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * Whether fine-tuning the backbone is not a clear gain on the held-out examples. It is one if the score is not worse and the loss is lower by more than the standard error of the
 * examples' differences, or if a score that is a fraction is better by two standard errors, whatever the loss. With few held-out examples, small gains are noise, and the best epoch was chosen by
 * the same examples.
 */
export function isWorse(
  { metrics, objective, heldOut, score }: PreparedRun,
  head: TrainedPhase,
  all: TrainedPhase,
  losses: HeldOutLosses,
): boolean {
  const [before, after] = [keptEpoch(head), keptEpoch(all)];
  const sign = metrics.find(({ name }) => name === score)?.greaterIsBetter === false ? -1 : 1;
  const gain =
    sign * ((after?.[validationName(score)] ?? Number.NaN) - (before?.[validationName(score)] ?? Number.NaN));
  if (gain >= 0 && isClearlyLower(losses)) return false;
  if (!(gain > 0)) return true;
  const share = before![validationName(score)]!;
  return !objective.fractions || gain <= 2 * Math.sqrt((share * (1 - share)) / Math.max(1, heldOut.length));
}

/** Whether losses fell by more than one standard error of their paired differences. */
function isClearlyLower({ before, after }: HeldOutLosses): boolean {
  const differences = before.map((one, i) => one - after[i]!);
  const count = differences.length;
  const mean = differences.reduce((sum, one) => sum + one, 0) / count;
  const squares = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const error = Math.sqrt(squares / Math.max(1, count - 1) / count);
  return count > 1 && mean > error;
}
