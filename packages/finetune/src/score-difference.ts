import { differenceInterval, exactMcNemar, type Fraction, type Label } from '@graft/report';
import type { Objective } from '@graft/tasks';
import { Random } from '@graft/tensor';
import type { HeldOutPrediction } from './held-out-predictions.ts';

/** How much worse a run scores than the best one, and whether that is more than noise. */
export interface ScoreDifference {
  /** The best run's score minus this run's: on the shared examples if they are paired. */
  readonly by: number;
  /** Number of held-out examples that both runs share, if predictions on the same examples were compared. */
  readonly shared?: number;
  /** The test: exact McNemar for accuracies, a permutation test for other scores, or an interval if the runs are not paired. */
  readonly test?: 'mcnemar' | 'permutation' | 'interval';
  /** How likely two equally good models differ at least this much, by McNemar's or a permutation test; corrected by Holm's method if several runs are compared with the best one. */
  readonly p?: number;
  /** 95 % confidence interval of the difference, if the runs are not paired. */
  readonly interval?: readonly [low: number, high: number];
  /** Whether the difference is significant at 5 %; undefined if nothing is known about the noise. */
  readonly significant?: boolean;
  /** Why the runs are not paired: predictions were not stored, or the runs have other classes or other held-out examples. */
  readonly unpaired?: 'predictions' | 'names' | 'examples';
}

/** What is compared of a run. */
export interface ScoredPredictions {
  readonly score: number;
  /** The class, label or column of each output. */
  readonly names: readonly string[];
  /** Number of held-out examples, if known. */
  readonly heldOut: number | undefined;
  /** Undefined if the run stored none. */
  readonly predictions: readonly HeldOutPrediction[] | undefined;
}

type ComparedObjective = Pick<Objective, 'metrics' | 'score' | 'verdict' | 'name'>;

/** Number of permutations or resamples: the most, and the least for large data. */
const [mostDraws, leastDraws, numbersToDraw] = [1999, 199, 3e7];

/** Compares a run with a better one: on the held-out examples that both share if these are at least half, otherwise as independent samples. The same runs give the same result. */
export function scoreDifference(
  objective: ComparedObjective,
  best: ScoredPredictions,
  other: ScoredPredictions,
): ScoreDifference {
  const by = best.score - other.score;
  if (!best.predictions?.length || !other.predictions?.length)
    return { by, unpaired: 'predictions', ...intervalOfScores(objective, best, other) };
  const isSameNames = JSON.stringify(best.names) === JSON.stringify(other.names);
  const [a, b] = isSameNames ? sharedOf(best.predictions, other.predictions) : [[], []];
  const least = Math.max(best.predictions.length, other.predictions.length) / 2;
  if (a.length < Math.max(1, least))
    return {
      by,
      unpaired: isSameNames ? 'examples' : 'names',
      ...intervalOf(objective, best as Predicted, other as Predicted),
    };
  return paired(objective, a, b, best.names);
}

/** The examples of both lists, in the same order. */
function sharedOf(
  best: readonly HeldOutPrediction[],
  other: readonly HeldOutPrediction[],
): [HeldOutPrediction[], HeldOutPrediction[]] {
  const keyOf = ({ name, digest, label }: HeldOutPrediction): string =>
    JSON.stringify([name, digest, typeof label === 'number' ? label : Array.from(label)]);
  const byKey = new Map(best.map((one) => [keyOf(one), one]));
  const pairs = new Map(
    other.flatMap((one) => {
      const found = byKey.get(keyOf(one));
      return found ? [[found, one] as const] : [];
    }),
  );
  return [[...pairs.keys()], [...pairs.values()]];
}

function paired(
  objective: ComparedObjective,
  best: readonly HeldOutPrediction[],
  other: readonly HeldOutPrediction[],
  names: readonly string[],
): ScoreDifference {
  const shared = best.length;
  const score = scorer(objective, shared, best[0]!.values.length);
  if (!score) return { by: Number.NaN, shared };
  const by = score(best) - score(other);
  const [rightBest, rightOther] = [best, other].map((some) => correctOf(objective, some, names, score(some)));
  const after = (p: number, test: 'mcnemar' | 'permutation'): ScoreDifference => ({
    by,
    shared,
    test,
    p,
    significant: p < 0.05,
  });
  if (rightBest && rightOther) {
    const only = (some: readonly boolean[], rest: readonly boolean[]): number =>
      some.filter((right, i) => right && !rest[i]).length;
    return after(exactMcNemar(only(rightBest, rightOther), only(rightOther, rightBest)), 'mcnemar');
  }
  // If both were equally good, it would not matter whose prediction of an example is whose.
  const draws = drawsFor(shared * best[0]!.values.length);
  let [extreme, counted] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const random = new Random(0).fork('permutation', draw);
    const isSwapped = best.map(() => random.next() < 0.5);
    const permuted =
      score(best.map((one, i) => (isSwapped[i] ? other[i]! : one))) -
      score(best.map((one, i) => (isSwapped[i] ? one : other[i]!)));
    if (Number.isNaN(permuted)) continue;
    counted++;
    if (Math.abs(permuted) >= Math.abs(by) - 1e-12) extreme++;
  }
  return after((1 + extreme) / (1 + counted), 'permutation');
}

/** Computes the objective's score of many lists of predictions; undefined if it is not one of the objective's metrics. */
function scorer(
  { metrics, score }: Pick<Objective, 'metrics' | 'score'>,
  count: number,
  outputs: number,
): ((predictions: readonly HeldOutPrediction[]) => number) | undefined {
  const metric = metrics.find(({ name }) => name === score);
  if (!metric) return undefined;
  const values = new Float32Array(count * outputs);
  return (predictions) => {
    for (const [i, one] of predictions.entries()) values.set(one.values, i * outputs);
    const running = metric.start();
    running.add({ values, shape: [count, outputs] }, flat(predictions.map(({ label }) => label)));
    return running.result();
  };
}

function flat(labels: readonly Label[]): ArrayLike<number> {
  if (typeof labels[0] === 'number') return labels as readonly number[];
  const width = (labels[0] as Float32Array | undefined)?.length ?? 0;
  const all = new Float32Array(labels.length * width);
  for (const [i, label] of labels.entries()) all.set(label as Float32Array, i * width);
  return all;
}

/** Which predictions are correct, if the score is their share. */
function correctOf(
  { verdict }: ComparedObjective,
  predictions: readonly HeldOutPrediction[],
  names: readonly string[],
  score: number,
): boolean[] | undefined {
  const correct = predictions.map(({ values, label }) => verdict(values, label, names).correct);
  if (correct.includes(undefined)) return undefined;
  const share = correct.filter(Boolean).length / correct.length;
  return Math.abs(share - score) < 1e-9 ? (correct as boolean[]) : undefined;
}

type Predicted = ScoredPredictions & { readonly predictions: readonly HeldOutPrediction[] };
type Unpaired = Pick<ScoreDifference, 'test' | 'interval' | 'significant'>;

const ofInterval = (interval: readonly [number, number]): Unpaired => ({
  test: 'interval',
  interval,
  significant: interval[0] > 0 || interval[1] < 0,
});

/** The interval of a difference of scores alone, which only accuracies have. */
function intervalOfScores(
  { score }: Pick<Objective, 'score'>,
  best: ScoredPredictions,
  other: ScoredPredictions,
): Unpaired {
  const fractions = [best, other].map(({ score, heldOut = 0 }): Fraction => [Math.round(score * heldOut), heldOut]) as [
    Fraction,
    Fraction,
  ];
  if (score !== 'accuracy' || fractions.some(([, all]) => all === 0)) return {};
  return ofInterval(differenceInterval(...fractions));
}

/** The interval of a difference of scores on separate examples: Newcombe's for shares of correct predictions, otherwise by bootstrap. */
function intervalOf(objective: ComparedObjective, best: Predicted, other: Predicted): Unpaired {
  const scores = [best, other].map(({ predictions, names }) => {
    const score = scorer(objective, predictions.length, predictions[0]!.values.length);
    return score && { score, correct: correctOf(objective, predictions, names, score(predictions)), predictions };
  });
  const [a, b] = scores;
  if (!a || !b) return {};
  if (a.correct && b.correct)
    return ofInterval(
      differenceInterval(
        [a.correct.filter(Boolean).length, a.correct.length],
        [b.correct.filter(Boolean).length, b.correct.length],
      ),
    );
  const resampled = ({ score, predictions }: typeof a, random: Random): number =>
    score(predictions.map(() => predictions[random.int(predictions.length)]!));
  const draws = drawsFor(a.predictions.length * a.predictions[0]!.values.length);
  const differences = Array.from({ length: draws }, (_, draw) => {
    const random = new Random(0).fork('bootstrap', draw);
    return resampled(a, random.fork('best')) - resampled(b, random.fork('other'));
  })
    .filter(Number.isFinite)
    .sort((x, y) => x - y);
  if (differences.length < leastDraws / 2) return {};
  const at = (share: number): number => differences[Math.round(share * (differences.length - 1))]!;
  return ofInterval([at(0.025), at(0.975)]);
}

const drawsFor = (numbers: number): number =>
  Math.min(mostDraws, Math.max(leastDraws, Math.floor(numbersToDraw / numbers)));
