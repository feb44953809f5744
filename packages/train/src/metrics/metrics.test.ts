import { expect, test } from 'vitest';
import { accuracy, ConfusionMatrix } from '../index.ts';

const outputs = { values: new Float32Array([2, 1, 0, 0, 3, 1, 5, 4, 6, 1, 1, 0]), shape: [4, 3] };
const targets = [0, 1, 0, 1];

test('accuracy, and top-2; ties go to the lower class', () => {
  const measure = (top: number): number => { const running = accuracy({ top }).start(); running.add(outputs, targets); return running.result(); };
  expect(measure(1)).toBe(0.5);
  expect(measure(2)).toBe(1);
});
test('a NaN is never right', () => {
  const running = accuracy().start();
  running.add({ values: new Float32Array([Number.NaN, Number.NaN]), shape: [1, 2] }, [0]);
  expect(running.result()).toBe(0);
});
test('confusion matrix and what follows from it', () => {
  const matrix = new ConfusionMatrix(3);
  matrix.add(outputs, targets);
  expect([...matrix.counts]).toEqual([1, 0, 1, 1, 1, 0, 0, 0, 0]);
  expect(matrix.perClass()[1]).toEqual({ precision: 1, recall: 0.5, f1: 2 / 3, samples: 2 });
  expect(matrix.perClass()[2]).toEqual({ precision: 0, recall: 0, f1: 0, samples: 0 });
});
