import { expect, test } from 'vitest';
import { arrayDataset, concat, mapDataset, subset } from './dataset.ts';

const letters = arrayDataset(['a', 'b', 'c']);
const all = async <T>(dataset: { length: number; get(i: number): T | Promise<T> }): Promise<T[]> =>
  Promise.all(Array.from({ length: dataset.length }, (_, i) => dataset.get(i)));

test('maps samples with synchronous and asynchronous functions', async () => {
  expect(mapDataset(letters, (letter, i) => letter + i).get(1)).toBe('b1');
  const later = mapDataset(letters, async (letter) => letter.toUpperCase());
  expect(await all(mapDataset(later, (letter) => `${letter}!`))).toEqual(['A!', 'B!', 'C!']);
});
test('a subset keeps the given order', async () =>
  expect(await all(subset(letters, [2, 0, 2]))).toEqual(['c', 'a', 'c']));
test('concatenates datasets', async () =>
  expect(await all(concat(letters, arrayDataset([]), arrayDataset(['d'])))).toEqual(['a', 'b', 'c', 'd']));
test('rejects indices out of range', () => {
  const message = 'There is no sample 3 in a dataset of 3; indices go from 0 to 2.';
  expect(() => letters.get(3)).toThrow(message);
  expect(() => subset(letters, [0, 3])).toThrow(message);
  expect(() => concat(letters).get(-1)).toThrow('There is no sample -1');
  expect(() => letters.get(0.5)).toThrow('There is no sample 0.5');
});
