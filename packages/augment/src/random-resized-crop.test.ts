import { image } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { randomBox, randomResizedCrop } from './random-resized-crop.ts';

const photo = image(new Uint8Array(320 * 240), 320, 240, 1);
const boxes = (
  size: { width: number; height: number },
  scale: [number, number],
  ratio: [number, number],
): ReturnType<typeof randomBox>[] =>
  Array.from({ length: 4000 }, (_, i) => randomBox({ ...photo, ...size }, scale, ratio, new Random(5).fork(i)));
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('boxes stay within the image', () => {
  for (const { left, top, width, height } of boxes(photo, [0.08, 1], [3 / 4, 4 / 3])) {
    expect(left >= 0 && top >= 0 && width >= 1 && height >= 1).toBe(true);
    expect(left + width <= 320 && top + height <= 240).toBe(true);
  }
});
test('areas are uniform and aspect ratios log-uniform', () => {
  const drawn = boxes(photo, [0.1, 0.3], [0.5, 2]); // small enough for every attempt to succeed
  const areas = drawn.map(({ width, height }) => (width * height) / (320 * 240));
  expect(mean(areas)).toBeCloseTo(0.2, 2);
  expect(mean(areas.map((area) => (area - 0.2) ** 2))).toBeCloseTo(0.2 ** 2 / 12, 3);
  const ratios = drawn.map(({ width, height }) => Math.log2(width / height));
  expect(mean(ratios)).toBeCloseTo(0, 1);
  expect(mean(ratios.map((ratio) => ratio ** 2))).toBeCloseTo(1 / 3, 1);
  expect(mean(drawn.map(({ left, width }) => left / (320 - width)))).toBeCloseTo(0.5, 1);
});
test('falls back to the largest central box with an allowed ratio', () => {
  expect(randomBox({ ...photo, width: 1000, height: 10 }, [1, 1], [3 / 4, 4 / 3], new Random(1))).toEqual({
    left: 493,
    top: 0,
    width: 13,
    height: 10,
  });
  expect(randomBox({ ...photo, width: 10, height: 1000 }, [1, 1], [3 / 4, 4 / 3], new Random(1))).toEqual({
    left: 0,
    top: 493,
    width: 10,
    height: 13,
  });
});
test('scales to the given size', async () =>
  expect(await randomResizedCrop({ size: { width: 32, height: 24 } })(photo, new Random(1))).toMatchObject({
    width: 32,
    height: 24,
    channels: 1,
  }));
test('rejects an area of 0', () =>
  expect(() => randomResizedCrop({ size: 8, scale: [0, 1] })).toThrow(
    'randomResizedCrop expects "scale" to be [low, high] from 0.000001 to 1, got [0,1].',
  ));
