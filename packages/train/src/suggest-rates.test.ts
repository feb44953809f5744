import { readFileSync } from 'node:fs';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import {
  type RateCurve,
  SmoothedLoss,
  steepestOf,
  type SuggestedRates,
  suggestRates,
  valleyOf,
} from './suggest-rates.ts';

const { cases } = JSON.parse(readFileSync(new URL('./suggest-rates.golden.json', import.meta.url), 'utf8')) as {
  cases: { rates: number[]; losses: number[]; valley: number; steepest: number }[];
};
test.each(cases)('the formulas for curve %# match fastai', ({ rates, losses, valley, steepest }) => {
  const curve = rates.map((learningRate, i) => ({ learningRate, loss: losses[i]! }));
  expect([valleyOf(curve), steepestOf(curve)]).toEqual([valley, steepest]);
});
test('the formulas find nothing if the loss never falls', () => {
  const curve = [1, 2, 3].map((loss) => ({ learningRate: loss, loss }));
  expect([valleyOf(curve), steepestOf(curve), valleyOf([]), steepestOf([])]).toEqual(Array(4).fill(undefined));
});

const steps = 100;
const rates = Array.from({ length: steps }, (_, i) => 1e-7 * 1e8 ** (i / steps));
/** Suggestions for losses by rate with noise, as in a search that ends when the loss diverges. */
function suggested(lossAt: (decade: number) => number, noise: (step: number) => number): SuggestedRates {
  const running = new SmoothedLoss();
  const losses: number[] = [];
  const curve: RateCurve[number][] = [];
  let best = Infinity;
  for (const [step, learningRate] of rates.entries()) {
    losses.push(lossAt(Math.log10(learningRate)) + noise(step));
    const loss = running.add(losses.at(-1)!);
    curve.push({ learningRate, loss });
    if (loss > 4 * best) break;
    best = Math.min(best, loss);
  }
  return suggestRates(curve, losses, steps);
}
const noiseOf = (seed: number, size: number) => (step: number) => size * new Random(seed).fork(step).normal();
/** Flat to 1e-3, falling to 1e-1, and diverging beyond 1. */
const descent = (decade: number): number =>
  2.3 - 1.8 / (1 + Math.exp(-3 * (decade + 2))) + 4 * Math.max(0, decade + 0.3) ** 2;

test.each([0, 0.05, 0.2, 0.5])('a descent under noise of %f suggests a rate within it, for every seed', (size) => {
  for (let seed = 0; seed < 60; seed++) {
    const { valley, steepest, problem } = suggested(descent, noiseOf(seed, size));
    expect(problem).toBeUndefined();
    expect(valley).toBeGreaterThan(10 ** -2.5);
    expect(valley).toBeLessThan(10 ** -0.5);
    expect(steepest).toBeGreaterThan(10 ** -2.7);
    expect(steepest).toBeLessThan(1);
  }
});
test('a long flat part before a descent is not part of it, unlike in the plain formula', () => {
  const drifting = (decade: number): number => 2.3 - 0.001 * (decade + 7) - 1.8 / (1 + Math.exp(-6 * (decade - 0.2)));
  for (let seed = 0; seed < 40; seed++) {
    const { valley } = suggested(drifting, noiseOf(seed, 0.01));
    expect(valley).toBeGreaterThan(0.1);
  }
});
test.each([
  ['normal', (seed: number) => noiseOf(seed, 0.2)],
  ['of heavy tails', (seed: number) => (step: number) => 0.1 * new Random(seed).fork(step).normal() ** 3],
  ['alternating', (seed: number) => (step: number) => (step % 2 ? 0.3 : -0.3) + noiseOf(seed, 0.02)(step)],
  ['none', () => () => 0],
])('a flat loss suggests nothing: noise %s', (_, noise) => {
  for (let seed = 0; seed < 100; seed++)
    expect(suggested(() => 1.7, noise(seed))).toMatchObject({ valley: undefined, steepest: undefined });
  expect(suggested(() => 1.7, noise(1)).problem).toBe('noise');
});
test('a loss that diverges at once suggests nothing, and says so', () => {
  for (let seed = 0; seed < 40; seed++) {
    const rising = suggested((decade) => 2 + 0.8 * (decade + 7) ** 2, noiseOf(seed, 0.1));
    expect(rising).toEqual({ valley: undefined, steepest: undefined, problem: 'divergence' });
  }
  expect(
    suggested(
      (decade) => 10 ** (4 * (decade + 7)),
      () => 0,
    ),
  ).toMatchObject({ problem: 'divergence' });
});
test('a loss that falls to the highest rate suggests the middle of its fall', () => {
  for (let seed = 0; seed < 40; seed++) {
    const { valley, steepest } = suggested((decade) => 3 - 0.3 * (decade + 7), noiseOf(seed, 0.05));
    expect(valley).toBeGreaterThan(10 ** -5);
    expect(valley).toBeLessThan(10 ** -1);
    expect(steepest).toBeDefined();
  }
});
