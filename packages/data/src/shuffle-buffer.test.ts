import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { shuffleBuffer } from './shuffle-buffer.ts';

const drawn = async (count: number, size: number, random: Random): Promise<number[]> => {
  const items: number[] = [];
  for await (const item of shuffleBuffer(
    Array.from({ length: count }, (_, i) => i),
    size,
    random,
  ))
    items.push(item);
  return items;
};

test('yields every item once, at most `size` places early', async () => {
  const items = await drawn(500, 40, new Random(1));
  expect(items.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  for (const [place, item] of items.entries()) expect(item).toBeLessThanOrEqual(place + 40);
  expect(await drawn(500, 40, new Random(1))).toEqual(items);
  expect(await drawn(500, 40, new Random(2))).not.toEqual(items);
});
test('all permutations are equally likely if the buffer holds the whole stream', async () => {
  const seen = new Map<string, number>();
  const root = new Random(3);
  for (let i = 0; i < 3000; i++) {
    const key = (await drawn(3, 3, root.fork(i))).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  for (const count of seen.values()) expect(Math.abs(count - 500)).toBeLessThan(105); // 5 standard deviations
});
