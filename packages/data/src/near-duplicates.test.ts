import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { arrayDataset, mapDataset } from './dataset.ts';
import { type Image, image } from './image.ts';
import { acrossParts, differenceHash, imageHashes, nearDuplicates } from './near-duplicates.ts';

/** A smooth random image, different for each seed, at any size. */
function picture(seed: number, width = 36, height = 32, noise = 0): Image {
  const random = new Random(seed);
  const waves = Array.from(
    { length: 4 },
    () => [random.range(2, 12), random.range(2, 12), random.range(0, 6)] as const,
  );
  const grain = random.fork('grain');
  return image(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y] = [(((i / 3) | 0) % width) / width, Math.floor(i / 3 / width) / height];
      return 128 + waves.reduce((sum, [a, b, c]) => sum + 25 * Math.sin(a * x + b * y + c), 0) + noise * grain.normal();
    }),
    width,
    height,
    3,
  );
}
const falling = image(
  Uint8Array.from({ length: 72 }, (_, i) => 90 - 10 * (i % 9)),
  9,
  8,
  1,
);

test('sets a bit for each cell that is brighter than its right neighbour', () => {
  expect(differenceHash(falling)).toEqual([0xffffffff, 0xffffffff]);
  expect(differenceHash(image(falling.data.toReversed(), 9, 8, 1))).toEqual([0, 0]);
  expect(
    differenceHash(
      image(
        Uint8Array.from({ length: 72 }, (_, i) => (i === 0 ? 9 : 0)),
        9,
        8,
        1,
      ),
    ),
  ).toEqual([1, 0]);
});
test('hashes an image of one pixel', () => expect(differenceHash(image(Uint8Array.of(7), 1, 1, 1))).toEqual([0, 0]));
test('finds scaled and noisy copies, but not other images', async () => {
  const images = arrayDataset(
    [...Array.from({ length: 30 }, (_, seed) => picture(seed)), picture(3, 72, 64), picture(5, 36, 32, 2)].map(
      (input) => ({ input, label: 0 }),
    ),
  );
  const pairs = nearDuplicates(await imageHashes(images));
  expect(pairs.map(({ first, second }) => [first, second])).toEqual([
    [3, 30],
    [5, 31],
  ]);
});
test('ignores images that cannot be read', async () => {
  const images = mapDataset(arrayDataset([0, 1, 2]), (i) => {
    if (i === 1) throw new Error('broken');
    return { input: falling, label: 0 };
  });
  expect(nearDuplicates(await imageHashes(images))).toEqual([{ first: 0, second: 2, distance: 0 }]);
});
test('acrossParts keeps only pairs across parts', () => {
  const pairs = [
    { first: 0, second: 1, distance: 0 },
    { first: 1, second: 2, distance: 3 },
    { first: 2, second: 9, distance: 0 },
  ];
  expect(acrossParts(pairs, { train: [0, 1], validation: [2], test: [] })).toEqual([pairs[1]]);
});
