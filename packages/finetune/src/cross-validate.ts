import { loadWeights, weightsOf } from '@graft/layers';
import { meanAndDeviation } from '@graft/report';
import { evaluate } from '@graft/train';
import type { PreparedRun } from './prepared-run.ts';
import type { RunFiles } from './run-files.ts';
import { type PhaseCallbacks, trainPhases } from './run-phases.ts';
import type { RunProgress } from './run-progress.ts';

/** What a cross-validation found: the metrics of each fold, and over all. */
export interface CrossValidation {
  readonly count: number;
  readonly mean: Readonly<Record<string, number>>;
  /** Of a sample, n − 1. */
  readonly deviation: Readonly<Record<string, number>>;
  readonly each: readonly Readonly<Record<string, number>>[];
  readonly seconds: number;
}

/**
 * Trains on all but one part of the examples as often as there are parts, and evaluates on that one. Each time starts from the same weights and a head
 * of its own; the prepared model is afterwards what it was. Folds that the storage holds finished are evaluated again, not trained again.
 * @throws where a class has fewer examples than there are folds
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
    each.push(await evaluate(learner.model, learner.validation, { metrics }));
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
