import { expect, test } from 'vitest';
import { cached } from './cached.ts';
import { arrayDataset, mapDataset } from './dataset.ts';

test('reads samples that fit into the cache once, and others each time', async () => {
  const reads = [0, 0, 0];
  const files = mapDataset(arrayDataset([0, 1, 2]), async (i) => {
    reads[i]!++;
    return { input: { data: new Uint8Array(12).fill(i), width: 2, height: 2, channels: 3 }, label: i };
  });
  const dataset = cached(files, { maxBytes: 24 });
  for (let epoch = 0; epoch < 3; epoch++)
    for (let i = 0; i < 3; i++) expect((await dataset.get(i)).input.data[0]).toBe(i);
  expect(reads).toEqual([1, 1, 3]);
});
