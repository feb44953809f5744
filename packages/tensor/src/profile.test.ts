import { expect, test } from 'vitest';
import { add, mul, profile, tensor } from './index.ts';

test('says where the time went, and how each op was computed', () => {
  const x = tensor([1, 2, 3]);
  const { result, rows, milliseconds } = profile(() => mul(add(add(x, x), x), 2));
  expect(result.numbers()).toEqual([6, 12, 18]);
  expect(rows.map(({ op, shapes, road, calls }) => `${op} ${shapes} ${road} ${calls}`).toSorted()).toEqual([
    'add [3] [3] reference 2',
    'mul [3] [] reference 1',
  ]);
  expect(milliseconds).toBeGreaterThan(0);
});
