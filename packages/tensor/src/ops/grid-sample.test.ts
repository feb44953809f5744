import { expect, test } from 'vitest';
import { affineGrid, gridSample, Random, slice, tensor, type Tensor } from '../index.ts';
import { checkGradient, expectClose } from '../testing/index.ts';

const random = new Random(7);
const noise = (...shape: number[]): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    { shape },
  );
const map = (...rows: number[]): Tensor => tensor(rows, { shape: [1, 2, 3], dtype: 'float64' });
const image = noise(1, 2, 3, 4);

test('the identity keeps an image, a mirror flips it', () => {
  expectClose(gridSample(image, affineGrid(map(1, 0, 0, 0, 1, 0), [3, 4])).numbers(), image.numbers(), 1e-12);
  expectClose(
    gridSample(image, affineGrid(map(-1, 0, 0, 0, 1, 0), [3, 4], { alignCorners: true }), {
      alignCorners: true,
      mode: 'nearest',
    }).numbers(),
    slice(image, [], [], [1, 1, 1, -1]).numbers(),
    1e-12,
  );
});
test.each(['bilinear', 'bicubic'] as const)('gradients flow to image and grid, %s', (mode) => {
  const grid = tensor(
    [
      [-0.31, 0.42],
      [0.55, -0.13],
      [1.21, 0.07],
      [-0.72, -1.34],
    ].flat(),
    { shape: [1, 2, 2, 2], dtype: 'float64' },
  );
  for (const padding of ['zeros', 'border', 'reflection'] as const)
    checkGradient((x, y) => gridSample(x, y, { mode, padding }), [image, grid]);
});
test('a mismatched grid is rejected', () =>
  expect(() => gridSample(image, noise(2, 3, 4, 2))).toThrow(
    'gridSample of [1, 2, 3, 4] expects a grid of [batch, …, 2], got [2, 3, 4, 2].',
  ));
