import { counted, shortNumber } from '@graft/report';
import { type EpochLog, validationName } from '@graft/train';
import type { HeadFit } from '@graft/transfer';
import type { PreparedRun } from './prepared-run.ts';
import type { TrainedPhase } from './run-phases.ts';

/** The log of the epoch whose weights a phase kept. */
export const keptEpoch = ({ log, best }: Pick<TrainedPhase, 'log' | 'best'>): EpochLog | undefined =>
  log.at((best ?? 0) - 1);

/** How a head was fitted, in one sentence. */
export function fitText({ strength, folds, views, temperature }: HeadFit, [one]: readonly [string, string]): string {
  const chosen =
    folds === 0
      ? 'too few examples for a cross-validation'
      : folds === 1
        ? 'chosen on a held-out fifth of the training data'
        : `chosen by ${folds}-fold cross-validation on the training data`;
  const calibrated = temperature === 1 ? '' : `, temperature ${shortNumber(temperature)}`;
  return `a linear layer fitted to convergence with an L2 penalty of ${strength.toExponential(1)} (${chosen}), on ${counted(views, 'view')} of each ${one}${calibrated}`;
}

/** How each phase ended, one sentence each: why it stopped, and which epoch was kept. */
export function outcomeOf(
  { objective, score, modality, options }: Pick<PreparedRun, 'objective' | 'score' | 'modality' | 'options'>,
  phases: readonly TrainedPhase[],
): string[] {
  return phases.map(({ name, log, best, stopped, fit, discarded }) => {
    const title = name === 'head' ? 'The head' : 'Fine-tuning';
    if (fit) return `${title} is ${fitText(fit, modality.noun)}.`;
    const epoch = keptEpoch({ log, ...(best !== undefined && { best }) });
    const value = epoch?.[validationName(score)];
    const scored = value === undefined ? '' : ` (${objective.titles[score]!} ${objective.show(score, value)})`;
    const ended =
      stopped === undefined
        ? `ran all ${counted(log.length, 'epoch')}`
        : `stopped after epoch ${log.length} of ${options.epochs}: ${stopped}`;
    const kept = discarded
      ? `its best epoch, ${best ?? log.length}${scored}, is not better than the head alone, so its weights were discarded`
      : best === undefined
        ? `the weights of the last epoch were kept${scored}`
        : `the weights of epoch ${best} were kept${scored}`;
    return `${title} ${ended}; ${kept}.`;
  });
}
