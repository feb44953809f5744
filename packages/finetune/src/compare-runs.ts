import { type Context, GraftError } from '@graft/plugin';
import type { Storage } from '@graft/storage';
import type { Objective } from '@graft/tasks';
import { namedByFile } from './named-by-file.ts';
import { RunFiles } from './run-files.ts';
import { runObjective } from './run-objective.ts';
import { type ScoreDifference, scoreDifference, type ScoredPredictions } from './score-difference.ts';
import type { StoredSummary } from './summary.ts';

/** A run of a {@link RunComparison}. */
export interface ComparedRun {
  readonly storage: Storage;
  readonly summary: StoredSummary;
  /** Its score on held-out examples; undefined if it has none. */
  readonly score: number | undefined;
  /** Whether no other run scores higher. */
  readonly best: boolean;
  /** How it differs from the first run; undefined for that one, and if one of them has no score. */
  readonly difference?: ScoreDifference;
}

/** Runs of one task, best first. */
export interface RunComparison {
  readonly objective: Objective;
  readonly runs: readonly ComparedRun[];
}

/**
 * Compares finished runs of the same task by the score of their objective, and tests which ones differ from the best by more than noise: on the same held-out examples if the runs
 * share them, with Holm's correction if there are more than two.
 * @throws if a storage has no finished run, or the runs have different tasks
 */
export async function compareRuns(app: Context, storages: readonly Storage[]): Promise<RunComparison> {
  const runs = await Promise.all(
    storages.map(async (storage) => ({ storage, summary: await new RunFiles(storage).summary() })),
  );
  const [first] = runs;
  if (!first) throw new GraftError('There are no runs to compare. Give at least one.', { code: 'options.value' });
  const objectiveOf = ({ storage, summary }: (typeof runs)[number]): Promise<Objective> =>
    namedByFile(`${storage.location}/summary.json`, () => runObjective(app, summary));
  const objective = await objectiveOf(first);
  for (const run of runs) {
    const { name } = await objectiveOf(run);
    if (name !== objective.name)
      throw new GraftError(
        `"${first.storage.location}" is a ${objective.name} run and "${run.storage.location}" is a ${name} run, so their scores cannot be compared. Give runs of the same task.`,
        { code: 'run.task', place: run.storage.location },
      );
  }
  const scored = runs
    .map((run) => ({ ...run, score: scoreOf(run.summary, objective.score) }))
    .toSorted((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || 0);
  const predicted: (ScoredPredictions | undefined)[] = [];
  for (const { storage, summary, score } of scored)
    predicted.push(
      score === undefined
        ? undefined
        : {
            score,
            names: summary.classes,
            heldOut: summary['validationImages'] as number | undefined,
            predictions: await new RunFiles(storage).predictions(summary),
          },
    );
  const [top] = predicted;
  const differences = corrected(
    predicted.map((one, place) => (place && top && one ? scoreDifference(objective, top, one) : undefined)),
  );
  return {
    objective,
    runs: scored.map((run, place) => ({
      ...run,
      best: run.score !== undefined && run.score === scored[0]!.score,
      ...(differences[place] && { difference: differences[place] }),
    })),
  };
}

/** The differences with their p-values corrected by Holm's (1979) method, because the more runs are compared, the more likely one differs by chance. */
function corrected(differences: readonly (ScoreDifference | undefined)[]): (ScoreDifference | undefined)[] {
  const tested = differences
    .flatMap((one, place) => (one?.p === undefined ? [] : [{ place, p: one.p }]))
    .sort((a, b) => a.p - b.p);
  const found = [...differences];
  let least = 0;
  for (const [rank, { place, p }] of tested.entries()) {
    least = Math.min(1, Math.max(least, p * (tested.length - rank)));
    found[place] = { ...differences[place]!, p: least, significant: least < 0.05 };
  }
  return found;
}

/** Summaries of earlier versions only have an accuracy. */
const scoreOf = ({ validation, validationAccuracy }: StoredSummary, score: string): number | undefined =>
  [validation?.[score], score === 'accuracy' ? validationAccuracy : undefined].find((one) => typeof one === 'number');
