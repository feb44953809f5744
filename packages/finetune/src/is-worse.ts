import { validationName } from '@graft/train';
import { keptEpoch } from './describe-phases.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { TrainedPhase } from './run-phases.ts';

/** Whether fine-tuning the backbone made the held-out score or loss worse; a worse loss is accepted if the score is better by two standard errors. Never if the option `keep` asks for the last epoch. */
export function isWorse(
  { metrics, objective, heldOut, score, options }: PreparedRun,
  head: TrainedPhase,
  all: TrainedPhase,
): boolean {
  if (options.keep === 'last') return false;
  const [before, after] = [keptEpoch(head), keptEpoch(all)];
  const sign = metrics.find(({ name }) => name === score)?.greaterIsBetter === false ? -1 : 1;
  const gain =
    sign * ((after?.[validationName(score)] ?? Number.NaN) - (before?.[validationName(score)] ?? Number.NaN));
  const isLossLower = after!['validationLoss']! < before!['validationLoss']!;
  if (!(gain > 0) || isLossLower) return gain < 0 || !isLossLower;
  // A better score with a worse loss must be more than noise.
  const share = before![validationName(score)]!;
  return objective.fractions && gain <= 2 * Math.sqrt((share * (1 - share)) / Math.max(1, heldOut.length));
}
