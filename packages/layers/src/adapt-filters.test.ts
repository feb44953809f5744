import { conv2d, type HostArray, Random, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { adaptFilters } from './index.ts';

const filters = (shape: readonly number[], data: ArrayLike<number>): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(data),
});

test.each<[number, number[]]>([
  [1, [6, 60]],
  [2, [1.5, 3, 15, 30]],
  [3, [1, 2, 3, 10, 20, 30]],
  [4, [0.75, 1.5, 2.25, 0.75, 7.5, 15, 22.5, 7.5]],
])('three channels to %i', (channels, wanted) =>
  expect(adaptFilters(filters([2, 3, 1, 1], [1, 2, 3, 10, 20, 30]), channels)).toEqual(
    filters([2, channels, 1, 1], wanted),
  ),
);
test('a gray image gives the same result as with three channels, also when repeated six times', () => {
  const random = new Random(1);
  const weight = filters(
    [4, 3, 3, 3],
    Array.from({ length: 108 }, () => random.normal()),
  );
  const grey = Array.from({ length: 36 }, () => random.normal());
  const run = ({ shape, data }: HostArray): number[] =>
    conv2d(
      tensor(Float32Array.from(Array<number[]>(shape[1]!).fill(grey).flat()), { shape: [1, shape[1]!, 6, 6] }),
      tensor(data, { shape }),
    ).numbers();
  const wanted = run(weight);
  for (const channels of [1, 6])
    for (const [i, value] of run(adaptFilters(weight, channels)).entries()) expect(value).toBeCloseTo(wanted[i]!, 4);
});
test('an invalid number of channels', () =>
  expect(() => adaptFilters(filters([1, 3, 1, 1], [1, 2, 3]), 0)).toThrow(
    'adaptFilters expects a positive number of channels, got 0.',
  ));
