import { loadWeights, weightsOf } from '@graft/layers';
import { meanAndDeviation } from '@graft/report';
import { evaluate } from '@graft/train';
import type { PreparedRun } from './prepared-run.ts';
import type { RunFiles } from './run-files.ts';
import { type PhaseCallbacks, trainPhases } from './run-phases.ts';
import type { RunProgress } from './run-progress.ts';

/** Results of a cross-validation. */
export interface CrossValidation {
  /** Number of folds. */
  readonly count: number;
  /** Mean of each metric over all folds. */
  readonly mean: Readonly<Record<string, number>>;
  /** Sample standard deviation of each metric (n − 1). */
  readonly deviation: Readonly<Record<string, number>>;
  /** Metrics of each fold. */
  readonly each: readonly Readonly<Record<string, number>>[];
  /** Training time of all folds. */
  readonly seconds: number;
}

/**
 * Runs a k-fold cross-validation: each fold trains a new head from the same backbone weights, and is evaluated on its held-out part.
 * The prepared model is unchanged afterwards. Folds that the storage contains are only evaluated, not trained again.
 * @throws if a class has fewer examples than there are folds
 */
export async function crossValidate(
  prepared: PreparedRun,
  folds: number,
  files: RunFiles,
  progress: RunProgress,
  callbacks?: PhaseCallbacks,
): Promise<CrossValidation> {
  const { backbone, objective, metrics, learnerOf } = prepared;
  const start = await weightsOf(backbone.module);
  const each: Record<string, number>[] = [];
  let total = 0;
  for (const [i, { trained, heldOut }] of prepared.folds(folds).entries()) {
    const learner = await learnerOf(trained, heldOut);
    const phases = await trainPhases({ ...prepared, ...learner }, files, progress, {
      fold: { number: i + 1, count: folds },
      callbacks,
    });
    each.push(await evaluate(learner.model, learner.validation!, { metrics }));
    const score = each[i]![objective.score]!;
    progress.say(
      `fold ${i + 1}/${folds}: ${objective.titles[objective.score]!} ${objective.show(objective.score, score)}`,
    );
    learner.model.head.dispose();
    loadWeights(backbone.module, start);
    total += phases.reduce((sum, { seconds }) => sum + seconds, 0);
  }
  const over = metrics.map(({ name }) => [name, meanAndDeviation(each.map((scores) => scores[name]!))] as const);
  return {
    count: folds,
    mean: Object.fromEntries(over.map(([name, { mean }]) => [name, mean])),
    deviation: Object.fromEntries(over.map(([name, { deviation }]) => [name, deviation])),
    each,
    seconds: total,
  };
}
