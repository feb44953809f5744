import { type Image, image, type Transform } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { affine } from './affine.ts';
import { centerCrop } from './center-crop.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { pad } from './pad.ts';
import { randomCrop } from './random-crop.ts';
import { resize } from './resize.ts';
import { resizeToFit } from './resize-to-fit.ts';
import { rotate } from './rotate.ts';
import { verticalFlip } from './vertical-flip.ts';

const grey = (...rows: number[][]): Image => image(Uint8Array.from(rows.flat()), rows[0]!.length, rows.length, 1);
const rowsOf = ({ data, width, height, channels }: Image): number[][] =>
  Array.from({ length: height }, (_, y) => [...data.subarray(y * width * channels, (y + 1) * width * channels)]);
const run = async (transform: Transform<Image>, picture: Image, seed = 1): Promise<number[][]> =>
  rowsOf(await transform(picture, new Random(seed)));
const picture = grey([1, 2, 3], [4, 5, 6]);

test('resize scales to a size', async () => {
  expect(await run(resize({ size: { width: 6, height: 2 } }), grey([0, 100, 200], [0, 100, 200]))).toEqual([
    [0, 25, 75, 125, 175, 200],
    [0, 25, 75, 125, 175, 200],
  ]);
  expect(await run(resize({ size: 1 }), grey([0, 100], [100, 200]))).toEqual([[100]]);
});
test('resize scales by the shorter side', async () => {
  const wide = image(new Uint8Array(40 * 10 * 3), 40, 10, 3);
  expect(await resize({ shortestSide: 5 })(wide, new Random(1))).toMatchObject({ width: 20, height: 5, channels: 3 });
  const strip = image(new Uint8Array(9000), 9000, 1, 1);
  expect(() => resize({ shortestSide: 200 })(strip, new Random(1))).toThrow(
    'resize would make 1800000×200 pixels of an image of 9000×1',
  );
  expect(() => resize({})).toThrow('resize expects either "size" or "shortestSide"');
  expect(() => resize({ size: 0 })).toThrow(
    'resize expects "size" to be a number of pixels or { width, height }, got 0.',
  );
});
test('resize scales large images with sharp', async () => {
  const half = image(
    Uint8Array.from({ length: 400 * 300 * 3 }, (_, i) => (Math.floor(i / 3) % 400 < 200 ? 255 : 0)),
    400,
    300,
    3,
  );
  const { data, width, height, channels } = await resize({ size: { width: 40, height: 30 } })(half, new Random(1));
  expect([width, height, channels, data[0], data[39 * 3]]).toEqual([40, 30, 3, 255, 0]);
  expect(data).toBeInstanceOf(Uint8Array);
});
test('resizeToFit letterboxes', async () => {
  expect(await run(resizeToFit({ size: 2, fill: 9 }), grey([4, 4, 4, 4], [4, 4, 4, 4]))).toEqual([
    [4, 4],
    [9, 9],
  ]);
  expect(await run(resizeToFit({ size: { width: 4, height: 1 } }), grey([4], [4]))).toEqual([[0, 4, 0, 0]]);
});
test('centerCrop takes the centre', async () => {
  expect(await run(centerCrop({ size: 1 }), grey([1, 2, 3], [4, 5, 6], [7, 8, 9]))).toEqual([[5]]);
  expect(await run(centerCrop({ size: { width: 5, height: 2 }, fill: 8 }), picture)).toEqual([
    [8, 1, 2, 3, 8],
    [8, 4, 5, 6, 8],
  ]);
});
test('pad adds pixels of a colour', async () => {
  expect(await run(pad({ padding: { left: 1, bottom: 1 }, fill: 7 }), picture)).toEqual([
    [7, 1, 2, 3],
    [7, 4, 5, 6],
    [7, 7, 7, 7],
  ]);
  expect(await run(pad({ padding: 1, fill: [1, 2, 3] }), image(Uint8Array.of(9, 9, 9), 1, 1, 3))).toEqual([
    [1, 2, 3, 1, 2, 3, 1, 2, 3],
    [1, 2, 3, 9, 9, 9, 1, 2, 3],
    [1, 2, 3, 1, 2, 3, 1, 2, 3],
  ]);
  expect(() => pad({ padding: 1, fill: [1, 2] })(image(Uint8Array.of(9, 9, 9), 1, 1, 3), new Random(1))).toThrow(
    'The fill [1, 2] has 2 values, but the image has 3 channels.',
  );
  expect(() => pad({ padding: -1 })).toThrow(
    'pad expects "padding" to be a number of pixels or { left, top, right, bottom }, got -1.',
  );
});
test('fill is 0 to 255 for float images too', async () => {
  const [[left]] = (await run(pad({ padding: 1, fill: 51 }), {
    data: Float32Array.of(0.5),
    width: 1,
    height: 1,
    channels: 1,
  })) as [[number]];
  expect(left).toBeCloseTo(0.2);
});
test('flips mirror an image', async () => {
  const colour = image(Uint8Array.of(1, 2, 3, 4, 5, 6), 2, 1, 3);
  expect(await run(horizontalFlip({ probability: 1 }), picture)).toEqual([
    [3, 2, 1],
    [6, 5, 4],
  ]);
  expect(await run(horizontalFlip({ probability: 1 }), colour)).toEqual([[4, 5, 6, 1, 2, 3]]);
  expect(await run(verticalFlip({ probability: 1 }), picture)).toEqual([
    [4, 5, 6],
    [1, 2, 3],
  ]);
  expect(await run(verticalFlip({ probability: 0 }), picture)).toEqual(rowsOf(picture));
});
test('randomCrop takes every position with equal probability', async () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 3000; seed++) {
    const key = String(await run(randomCrop({ size: { width: 1, height: 2 } }), picture, seed));
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  expect([...seen.keys()].sort()).toEqual(['1,4', '2,5', '3,6']);
  for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(130); // 5 standard deviations
});
test('randomCrop pads small images with fill', async () => {
  const places = new Set<string>();
  for (let seed = 0; seed < 50; seed++)
    places.add(String(await run(randomCrop({ size: { width: 2, height: 1 }, fill: 9 }), grey([5]), seed)));
  expect([...places].sort()).toEqual(['5,9', '9,5']);
  for (let seed = 0; seed < 50; seed++)
    places.add(String(await run(randomCrop({ size: 1, padding: 1, fill: 9 }), grey([5]), seed)));
  expect([...places].sort()).toEqual(['5', '5,9', '9', '9,5']);
});

test('neutral options leave the image unchanged', async () => {
  expect(await run(affine(), picture)).toEqual(rowsOf(picture));
  expect(await run(rotate({ degrees: [0, 0] }), picture)).toEqual(rowsOf(picture));
});
test('rotate by 90° turns clockwise', async () => {
  const square = grey([1, 2, 3], [4, 5, 6], [7, 8, 9]);
  expect(await run(rotate({ degrees: [90, 90] }), square)).toEqual([
    [7, 4, 1],
    [8, 5, 2],
    [9, 6, 3],
  ]);
  expect(await run(affine({ degrees: [-90, -90] }), square)).toEqual([
    [3, 6, 9],
    [2, 5, 8],
    [1, 4, 7],
  ]);
});
test('rotate keeps the size and fills the corners', async () => {
  const white = image(new Uint8Array(21 * 21).fill(200), 21, 21, 1);
  const rows = await run(rotate({ degrees: [45, 45], fill: 50 }), white);
  expect([rows[0]![0], rows[20]![20], rows[10]![10], rows[10]![0]]).toEqual([50, 50, 200, 200]);
});
test('zoom is centred', async () => {
  const dot = image(new Uint8Array(49), 7, 7, 1);
  for (let y = 2; y < 5; y++) dot.data.fill(90, y * 7 + 2, y * 7 + 5); // a 3×3 square in the centre
  const rows = await run(affine({ scale: [2, 2] }), dot);
  expect(rows[3]).toEqual([45, 90, 90, 90, 90, 90, 45]);
  expect(rows.flat().reduce((sum, value) => sum + value, 0)).toBe(4 * 9 * 90 + 2); // two roundings up
});
test('translate is a fraction of the size', async () => {
  // A range of shifts from -50 % to 50 %: with width 4, up to two pixels.
  const shifts = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const [row] = await run(affine({ translate: [0.5, 0] }), grey([0, 0, 240, 0]), seed);
    const mass = row!.reduce((sum, value) => sum + value, 0);
    if (mass > 238) shifts.add(Math.round(row!.reduce((sum, value, x) => sum + value * x, 0) / mass - 2));
  }
  expect([...shifts].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1]);
});
test('shear slants vertical lines', async () => {
  const line = image(
    Uint8Array.from({ length: 81 }, (_, i) => (i % 9 === 4 ? 255 : 0)),
    9,
    9,
    1,
  );
  const rows = await run(affine({ shear: [45, 45] }), line);
  const places = rows.map((row) => row.indexOf(255));
  expect(places).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
});
test('affine can resize in the same pass', async () => {
  const soft = image(
    Uint8Array.from({ length: 28 * 28 }, (_, i) => 127 + 100 * Math.sin(i / 9)),
    28,
    28,
    1,
  );
  const once = (await affine({ size: 48, fill: 255 })(soft, new Random(1))) as Image;
  const resized = (await resize({ size: 48 })(soft, new Random(1))) as Image;
  expect([once.width, once.height]).toEqual([48, 48]);
  for (let y = 1; y < 47; y++)
    for (let x = 1; x < 47; x++)
      expect(Math.abs(once.data[y * 48 + x]! - resized.data[y * 48 + x]!)).toBeLessThanOrEqual(1);
});
test('affine to a smaller size averages all pixels', async () => {
  const stripes = image(
    Uint8Array.from({ length: 32 * 32 }, (_, i) => (i % 2) * 200),
    32,
    32,
    1,
  );
  const rows = await run(affine({ size: 8 }), stripes);
  expect(Math.max(...rows.flat().map((value) => Math.abs(value - 100)))).toBeLessThanOrEqual(20);
});
test.each([
  [
    () => affine({ translate: 2 }),
    'affine expects "translate" to be a fraction of the size from 0 to 1, or [x, y], got 2.',
  ],
  [() => affine({ shear: 95 }), 'affine expects "shear" to be a number or [low, high] from -89 to 89, got 95.'],
  [() => rotate({} as { degrees: number }), 'rotate expects "degrees" to be a number or [low, high], got nothing.'],
  [
    () => rotate({ degrees: 5, fil: 3 } as { degrees: number }),
    'rotate has no option "fil". Did you mean "fill"? Options: degrees, fill, minVisible.',
  ],
  [
    () => horizontalFlip({ probability: 50 }),
    'horizontalFlip expects "probability" to be a number from 0 to 1, got 50.',
  ],
])('rejects invalid options: case %#', (make, message) => expect(make).toThrow(message));
