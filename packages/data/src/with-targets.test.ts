import { expect, test } from 'vitest';
import { vectorBatch } from './batch.ts';
import { withTargets } from './with-targets.ts';

const batch = withTargets(vectorBatch());

test('collates several target values per sample', () =>
  expect(
    batch(
      [
        { input: [1, 2], label: Float32Array.of(0, 1, 1) },
        { input: [3, 4], label: [1, 0, 0] },
      ],
      [5, 6],
    ),
  ).toEqual({
    inputs: Float32Array.of(1, 2, 3, 4),
    shape: [2, 2],
    indices: [5, 6],
    labels: Float32Array.of(0, 1, 1, 1, 0, 0),
    labelShape: [2, 3],
  }));
test('collates one target value per sample', () =>
  expect(
    batch(
      [
        { input: [1], label: 0.5 },
        { input: [2], label: -3 },
      ],
      [0, 1],
    ),
  ).toMatchObject({ labels: Float32Array.of(0.5, -3), labelShape: [2] }));
test('rejects targets of different lengths', () =>
  expect(() =>
    batch(
      [
        { input: [1], label: [1, 2] },
        { input: [2], label: [1] },
      ],
      [0, 7],
    ),
  ).toThrow('sample 7 has 1 numbers and sample 0 has 2.'));
