import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupKFold, groupSplit } from './group-split.ts';

/** 40 groups of 1 to 4 samples, two classes. */
const groups = Array.from({ length: 40 }, (_, group) => Array<string>(1 + (group % 4)).fill(`patient ${group}`)).flat();
const labels = groups.map((name) => Number(name.split(' ')[1]) % 2);
const namesOf = (indices: readonly number[]): Set<string> => new Set(indices.map((i) => groups[i]!));

test('keeps all samples, and each group in one part', () =>
  fc.assert(
    fc.property(fc.nat(1e6), (seed) => {
      const parts = Object.values(groupSplit(labels, groups, { validation: 0.25, test: 0.25, seed })) as number[][];
      expect(parts.flat().toSorted((a, b) => a - b)).toEqual(groups.map((_, i) => i));
      expect(parts.reduce((sum, part) => sum + namesOf(part).size, 0)).toBe(40);
      expect(parts.map((part) => namesOf(part).size)).toEqual([20, 10, 10]);
    }),
    { numRuns: 20 },
  ));
test('the split depends on the seed', () => {
  expect(groupSplit(labels, groups, { validation: 10, seed: 1 })).toEqual(
    groupSplit(labels, groups, { validation: 10, seed: 1 }),
  );
  expect(groupSplit(labels, groups, { validation: 10, seed: 1 })).not.toEqual(
    groupSplit(labels, groups, { validation: 10, seed: 2 }),
  );
});
test('keeps each group in one fold', () => {
  const folds = groupKFold(labels, groups, { folds: 5, seed: 3 });
  expect(folds.flatMap(({ validation }) => validation).toSorted((a, b) => a - b)).toEqual(groups.map((_, i) => i));
  for (const { train, validation } of folds)
    expect([...namesOf(train)].filter((name) => namesOf(validation).has(name))).toEqual([]);
});
test('rejects different numbers of labels and groups', () =>
  expect(() => groupSplit([0, 1], ['a'], { seed: 0 })).toThrow(
    'Expected one label and one group per sample, got 2 labels and 1 groups.',
  ));
