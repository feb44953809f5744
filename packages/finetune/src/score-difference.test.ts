import { classification, multilabel, regression } from '@graft/tasks';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import type { HeldOutPrediction } from './held-out-predictions.ts';
import { scoreDifference, type ScoredPredictions } from './score-difference.ts';

const names = ['cat', 'dog'];
/** Classified examples of which the given ones are correct. */
const classified = (correct: readonly boolean[], prefix = ''): ScoredPredictions => ({
  score: correct.filter(Boolean).length / correct.length,
  names,
  heldOut: correct.length,
  predictions: correct.map((isCorrect, i) => ({
    name: `${prefix}${i}.png`,
    digest: `${i}`.padStart(16, '0'),
    label: i % 2,
    values: Float32Array.of(...(isCorrect === (i % 2 === 0) ? [2, -1] : [-0.5, 3])),
  })),
});
const withoutPredictions = ({ predictions: _, ...rest }: ScoredPredictions): ScoredPredictions => ({
  ...rest,
  predictions: undefined,
});
/** 60 examples: both are wrong on 5, the first alone on 3, the second alone on 9. */
const first = Array.from({ length: 60 }, (_, i) => i >= 8);
const second = Array.from({ length: 60 }, (_, i) => i >= 5 && !(i >= 8 && i < 17));

test('accuracies on the same examples are compared by the exact McNemar test', () => {
  const { by, p, ...rest } = scoreDifference(classification, classified(first), classified(second));
  expect(by).toBeCloseTo(6 / 60, 12);
  expect(p).toBeCloseTo(0.14599609375, 10); // the binomial tail of 3 of 12, computed with rational numbers
  expect(rest).toEqual({ shared: 60, test: 'mcnemar', significant: false });
  const better = Array.from({ length: 60 }, (_, i) => i >= 1);
  expect(scoreDifference(classification, classified(better), classified(second))).toMatchObject({
    significant: true,
    shared: 60,
  });
});
test('the order of the examples does not matter, and identical runs do not differ', () => {
  const shuffled = classified(second);
  const reversed = { ...shuffled, predictions: shuffled.predictions!.toReversed() };
  expect(scoreDifference(classification, classified(first), reversed)).toEqual(
    scoreDifference(classification, classified(first), shuffled),
  );
  expect(scoreDifference(classification, classified(first), classified(first))).toMatchObject({ by: 0, p: 1 });
});
test('runs with other held-out examples are not paired: their interval is that of separate samples', () => {
  const { unpaired, interval, significant, p, shared } = scoreDifference(
    classification,
    classified(first),
    classified(second, 'other/'),
  );
  expect([unpaired, significant, p, shared]).toEqual(['examples', false, undefined, undefined]);
  // Newcombe's hybrid score interval of 52/60 − 46/60, computed in Python.
  expect(interval![0]).toBeCloseTo(-0.0402, 3);
  expect(interval![1]).toBeCloseTo(0.237, 3);
  const sameNames = classified(second);
  const renewed = { ...sameNames, predictions: sameNames.predictions!.map((one) => ({ ...one, digest: 'ff' })) };
  expect(scoreDifference(classification, classified(first), renewed).unpaired).toBe('examples');
});
test('runs that share at least half of their examples are compared on those', () => {
  const more = classified(second);
  const some = { ...more, predictions: more.predictions!.slice(0, 40) };
  expect(scoreDifference(classification, classified(first), some)).toMatchObject({ shared: 40, test: 'mcnemar' });
  const few = { ...more, predictions: more.predictions!.slice(0, 20) };
  expect(scoreDifference(classification, classified(first), few)).toMatchObject({ unpaired: 'examples' });
});
test('runs without predictions have an interval if their score is an accuracy', () => {
  const [best, other] = [withoutPredictions(classified(first)), classified(second)];
  const known = scoreDifference(classification, classified(first), classified(second, 'other/'));
  expect(scoreDifference(classification, best, other)).toEqual({ ...known, unpaired: 'predictions' });
  expect(scoreDifference(regression, { ...best, score: 0.9 }, { ...other, predictions: [], score: 0.8 })).toEqual({
    by: expect.closeTo(0.1, 10) as number,
    unpaired: 'predictions',
  });
  expect(scoreDifference(classification, classified(first), { ...classified(second), names: ['cat', 'cow'] })).toEqual({
    ...known,
    unpaired: 'names',
  });
});

/** Numbers with errors of a given size, which are shared in part. */
function measured(noise: number, seed: number, count = 80, prefix = ''): ScoredPredictions {
  const predictions = Array.from({ length: count }, (_, i): HeldOutPrediction => {
    const target = 10 * new Random(i).fork('target').normal();
    const error = noise * new Random(seed).fork(i).normal() + 2 * new Random(i).fork('both').normal();
    return {
      name: `${prefix}${i}`,
      label: Float32Array.of(target),
      values: Float32Array.of(target + error),
    };
  });
  const r2 = regression.metrics.find(({ name }) => name === 'r2')!.start();
  for (const { values, label } of predictions) r2.add({ values, shape: [1, 1] }, label as Float32Array);
  return { score: r2.result(), names: ['weight'], heldOut: count, predictions };
}
test('other scores are compared by a permutation test: p is uniform without a difference, and small with a large one', () => {
  const ps = Array.from(
    { length: 60 },
    (_, i) => scoreDifference(regression, measured(1, 1000 + i, 40), measured(1, 5000 + i, 40)).p!,
  );
  expect(ps.filter((p) => p < 0.05).length).toBeLessThanOrEqual(8);
  expect(ps.filter((p) => p < 0.5).length).toBeGreaterThan(20);
  expect(ps.filter((p) => p > 0.5).length).toBeGreaterThan(20);
  const [good, bad] = [measured(0.5, 1), measured(4, 2)];
  const found = scoreDifference(regression, good, bad);
  expect(found).toMatchObject({ shared: 80, test: 'permutation', significant: true });
  expect(found.p).toBeLessThan(0.005);
  expect(found.by).toBeCloseTo(good.score - bad.score, 10);
  expect(scoreDifference(regression, good, bad)).toEqual(found);
});
test('other scores on other examples have a bootstrap interval', () => {
  const found = scoreDifference(regression, measured(0.5, 1), measured(0.6, 2, 80, 'x'));
  expect(found).toMatchObject({ unpaired: 'examples', test: 'interval', significant: false });
  expect(found.interval![0]).toBeLessThan(found.by);
  expect(found.interval![1]).toBeGreaterThan(found.by);
  expect(scoreDifference(regression, measured(0.1, 1), measured(8, 2, 80, 'x')).significant).toBe(true);
});
test('labels of several outputs are compared by the score of the task', () => {
  const labelled = (flip: number): ScoredPredictions => ({
    score: 1,
    names: ['a', 'b', 'c'],
    heldOut: 50,
    predictions: Array.from({ length: 50 }, (_, i) => {
      const label = Float32Array.of(i % 2, Number(i % 3 === 0), Number(i % 5 === 0));
      return {
        name: String(i),
        label,
        values: label.map((one, k) => (one > 0 === (i * 7 + k) % 50 >= flip ? 1.5 : -2)),
      };
    }),
  });
  expect(scoreDifference(multilabel, labelled(0), labelled(20))).toMatchObject({
    test: 'permutation',
    significant: true,
  });
  expect(scoreDifference(multilabel, labelled(4), labelled(5)).significant).toBe(false);
});
