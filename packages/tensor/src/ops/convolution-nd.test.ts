import { expect, test } from 'vitest';
import { convolve, convTranspose, mul, Random, type Shape, sum, tensor, type Tensor, type Windows } from '../index.ts';

const random = new Random(9);
const noise = (shape: Shape): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    { shape },
  );
const product = (a: Tensor, b: Tensor): number => sum(mul(a, b)).item();

test.each<[string, Shape, Shape, Windows, number]>([
  ['a sequence', [2, 4, 9], [6, 2, 3], { kernel: [3], stride: [2], dilation: [2], before: [2], after: [1] }, 2],
  [
    'an image',
    [1, 3, 6, 7],
    [2, 3, 2, 3],
    { kernel: [2, 3], stride: [2, 1], dilation: [1, 2], before: [1, 0], after: [0, 2] },
    1,
  ],
  [
    'a volume',
    [1, 4, 5, 4, 6],
    [4, 2, 3, 2, 2],
    { kernel: [3, 2, 2], stride: [2, 1, 3], dilation: [1, 2, 1], before: [1, 1, 0], after: [2, 0, 1] },
    2,
  ],
  [
    'four dimensions',
    [1, 1, 3, 2, 3, 2],
    [2, 1, 2, 1, 2, 2],
    { kernel: [2, 1, 2, 2], stride: [1, 1, 2, 1], dilation: [1, 1, 1, 1], before: [0, 0, 1, 0], after: [1, 0, 0, 0] },
    1,
  ],
])('⟨x ∗ w, y⟩ = ⟨x, the transposed convolution of y⟩ over %s', (_, xShape, wShape, windows, groups) => {
  const [x, w] = [noise(xShape), noise(wShape)];
  const image = convolve(x, w, windows, { groups });
  const y = noise(image.shape);
  // Elements behind the last window, which no product has seen.
  const outputPadding = xShape
    .slice(2)
    .map(
      (length, i) =>
        length -
        (windows.stride[i]! * (image.shape[i + 2]! - 1) +
          (windows.kernel[i]! - 1) * windows.dilation[i]! +
          1 -
          windows.before[i]! -
          windows.after[i]!),
    );
  const back = convTranspose(y, w, windows, { groups, outputPadding });
  expect(back.shape).toEqual(xShape);
  expect(product(image, y)).toBeCloseTo(product(x, back), 9);
});
