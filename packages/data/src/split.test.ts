import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kFold, pickPerClass, split } from './split.ts';

const labelsOf = (...counts: number[]): number[] =>
  counts.flatMap((count, label) => new Array<number>(count).fill(label));
const countsOf = (labels: number[], part: number[]): number[] =>
  part.reduce<number[]>((all, i) => ((all[labels[i]!] = (all[labels[i]!] ?? 0) + 1), all), []);

test('stratifies by class', () => {
  const labels = labelsOf(100, 50, 10);
  const { train, validation, test: rest } = split(labels, { validation: 0.2, seed: 1 });
  expect(countsOf(labels, train)).toEqual([80, 40, 8]);
  expect(countsOf(labels, validation)).toEqual([20, 10, 2]);
  expect(rest).toEqual([]);
});
test('the split depends on the seed', () => {
  const labels = labelsOf(30, 30);
  expect(split(labels, { validation: 0.3, seed: 1 })).toEqual(split(labels, { validation: 0.3, seed: 1 }));
  expect(split(labels, { validation: 0.3, seed: 1 })).not.toEqual(split(labels, { validation: 0.3, seed: 2 }));
});
test('accepts fractions and numbers of samples', () => {
  const parts = split(labelsOf(60, 40), { validation: 10, test: 0.25, seed: 1 });
  expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([65, 10, 25]);
});
test('parts are disjoint, have the given size, and contain every class', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0.05, max: 0.3, noNaN: true }),
      fc.double({ min: 0.05, max: 0.3, noNaN: true }),
      fc.nat(),
      (counts, validation, testShare, seed) => {
        const labels = labelsOf(...counts);
        const parts = split(labels, { validation, test: testShare, seed });
        expect([...parts.train, ...parts.validation, ...parts.test].sort((a, b) => a - b)).toEqual(
          labels.map((_, i) => i),
        );
        for (const part of Object.values(parts))
          expect(countsOf(labels, part).filter((count) => count >= 1).length).toBe(counts.length);
        expect(parts.validation.length).toBe(Math.max(counts.length, Math.round(validation * labels.length)));
      },
    ),
    { numRuns: 200 },
  ));
test('rejects a class with too few samples and names it', () => {
  expect(() => split(labelsOf(5, 1), { validation: 0.2, seed: 1, classes: ['cat', 'dog'] })).toThrow(
    'Class "dog" has 1 sample, but each of train, validation needs one. Add samples, or remove the class.',
  );
  expect(() => split(labelsOf(5, 2), { validation: 0.2, test: 0.2, seed: 1 })).toThrow(
    'Class 1 has 2 samples, but each of train, validation, test needs one.',
  );
});
test('rejects invalid sizes and names the part', () => {
  expect(() => split(labelsOf(5), { validation: -0.1, seed: 1 })).toThrow(
    'a fraction below 1 or an integer number of samples, got -0.1',
  );
  expect(() => split(labelsOf(5), { validation: 1.5, seed: 1 })).toThrow('got 1.5');
  expect(() => split(labelsOf(5), { validation: 3, test: 2, seed: 1 })).toThrow('none are left for training');
});
test('picks the same number of samples per class', () => {
  const labels = labelsOf(20, 30, 10);
  const { picked, rest } = pickPerClass(labels, { perClass: 10, seed: 1 });
  expect(countsOf(labels, picked)).toEqual([10, 10, 10]);
  expect([...picked, ...rest].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  expect(() => pickPerClass(labels, { perClass: 11, seed: 1 })).toThrow('Class 2 has 10 samples, but perClass is 11.');
});
test('kFold uses each sample once for validation', () => {
  const labels = labelsOf(10, 7);
  const folds = kFold(labels, { folds: 3, seed: 1 });
  expect(folds.flatMap(({ validation }) => validation).sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
  for (const { train, validation } of folds) {
    expect(train.length + validation.length).toBe(17);
    expect(countsOf(labels, validation)[0]).toBeGreaterThanOrEqual(3);
  }
  expect(() => kFold(labels, { folds: 8, seed: 1 })).toThrow('Class 1 has 7 samples, but 8 folds need one each.');
});

test('50,000 classes are split in time that hardly grows with their number', () => {
  const classes = 50_000;
  // Three samples of most classes leave many remainders to distribute.
  const labels = Int32Array.from({ length: 3 * classes + 1 }, (_, i) => Math.min(i % classes, classes - 1));
  const { train, validation, test: tested } = split(labels, { validation: 0.4, test: 0.25, seed: 1 });
  expect(new Set(validation.map((i) => labels[i])).size).toBe(classes);
  expect(new Set(tested.map((i) => labels[i])).size).toBe(classes);
  expect(train.length + validation.length + tested.length).toBe(labels.length);
});
test('remainders go to the classes that miss most, and the first of equals', () => {
  const labels = [...Array<number>(10).fill(0), ...Array<number>(7).fill(1), ...Array<number>(7).fill(2)];
  const { validation } = split(labels, { validation: 8, seed: 1 });
  // 8 of 24: 3⅓, 2⅓ and 2⅓ samples.
  expect([0, 1, 2].map((k) => validation.filter((i) => labels[i] === k).length)).toEqual([4, 2, 2]);
});
