import { expect, test, vi } from 'vitest';
import { add, mul, profile, tensor } from './index.ts';

test('reports the time of each op and how it was computed', () => {
  let now = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now++);
  const x = tensor([1, 2, 3]);
  const { result, rows, milliseconds } = profile(() => mul(add(add(x, x), x), 2));
  expect(result.numbers()).toEqual([6, 12, 18]);
  expect(rows.map(({ op, shapes, road, calls }) => `${op} ${shapes} ${road} ${calls}`).toSorted()).toEqual([
    'add [3] [3] reference 2',
    'mul [3] [] reference 1',
  ]);
  // A clock that goes on by 1 whenever it is read: twice in each call, and twice around them.
  expect(Object.fromEntries(rows.map(({ op, milliseconds }) => [op, milliseconds]))).toEqual({ add: 2, mul: 1 });
  expect(milliseconds).toBe(7);
  clock.mockRestore();
});
