import { kFold } from '@graft/data';
import { loadWeights, weightsOf } from '@graft/layers';
import { evaluate } from '@graft/train';
import { meanAndDeviation } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import type { RunFolder } from '../run-folder.ts';
import type { PreparedRun } from './prepared-run.ts';
import { trainPhases } from './run-phases.ts';

/** What a cross-validation found: the task's metrics of each fold, and over all. */
export interface CrossValidation {
  readonly count: number;
  readonly mean: Readonly<Record<string, number>>;
  /** Of a sample, n − 1. */
  readonly deviation: Readonly<Record<string, number>>;
  readonly each: readonly Readonly<Record<string, number>>[];
  readonly seconds: number;
}

/**
 * Learns from all but one part of the images as often as there are parts, and judges by that one. Each starts from the same weights and a head of its own; the
 * prepared model is afterwards what it was. Folds that the run's folder holds finished are judged again, not learned again.
 * @throws where a class has fewer images than there are folds
 */
export async function crossValidate(
  prepared: PreparedRun,
  folds: number,
  run: RunFolder,
  reporter: Reporter,
): Promise<CrossValidation> {
  const {
    options: { seed },
    backbone,
    data,
    readable,
    task,
    learnerOf,
  } = prepared;
  const parts = kFold(data.strata(readable, folds), { folds, seed, ...(data.classified && { classes: data.classes }) });
  const start = await weightsOf(backbone.module);
  const each: Record<string, number>[] = [];
  let total = 0;
  for (const [i, part] of parts.entries()) {
    const numbers = (places: readonly number[]): number[] => places.map((place) => readable[place]!);
    const learner = await learnerOf(numbers(part.train), numbers(part.validation));
    const { seconds } = await trainPhases({ ...prepared, ...learner }, run, reporter, {
      fold: { number: i + 1, count: folds },
    });
    each.push(await evaluate(learner.model, learner.held, { metrics: task.metrics }));
    reporter.say(`fold ${i + 1}/${folds}: ${task.titles[task.score]!} ${task.show(task.score, each[i]![task.score]!)}`);
    learner.model.head.dispose();
    loadWeights(backbone.module, start);
    total += seconds;
  }
  const over = task.metrics.map(({ name }) => [name, meanAndDeviation(each.map((scores) => scores[name]!))] as const);
  return {
    count: folds,
    mean: Object.fromEntries(over.map(([name, { mean }]) => [name, mean])),
    deviation: Object.fromEntries(over.map(([name, { deviation }]) => [name, deviation])),
    each,
    seconds: total,
  };
}
