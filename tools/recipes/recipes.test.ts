import { expect, test } from 'vitest';
import { linesOf, recipesTable, signFlip, verdictsOf } from './recipes-table.mjs';

test('random sign flips come close to all of them', () => {
  // Of the 16 flips of these differences, 2 have a mean as far from 0.
  expect(signFlip([1, 2, 3, 4])).toBeCloseTo(2 / 16, 1);
  expect(signFlip([1, -1, 2, -2])).toBe(1);
  expect(signFlip(Array<number>(12).fill(0.5))).toBeLessThan(0.01);
});
test('a line has the means over seeds, and says whether the difference is more than noise', () => {
  const scores = (right: number[], nll: number): { right: number[]; nll: number; ece: number } => ({
    right,
    nll,
    ece: 0.1,
  });
  const rows = [0, 1].map((seed) => ({
    set: 'digits',
    kind: 'frozen-10',
    seed,
    training: 100,
    seconds: 1,
    kept: 'head',
    graft: scores([1, 1, 1, 1, 1, 1, 1, 0], 0.5),
    judges: new Map([['judge', scores([0, 0, 0, 0, 1, 1, 1, 0], 1)]]),
  }));
  const [line] = linesOf(rows);
  expect(line).toMatchObject({
    graft: { accuracy: 7 / 8, nll: 0.5 },
    other: { accuracy: 3 / 8 },
    differences: [0.5, 0.5],
  });
  expect(line!.p).toBeCloseTo(2 / 2 ** 8, 10);
  expect(recipesTable(rows)).toMatch(/87\.5 % +37\.5 % +better, p = 0\.008 +0\.500 +1\.000 +0\.50/);
  expect(verdictsOf([line!])[0]).toMatch(/^judge: accuracy \+50\.00 points over 2 runs .*: 0\.50 ×$/);
});
