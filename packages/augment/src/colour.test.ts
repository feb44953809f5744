import { type Image, image, type Transform } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { colorJitter } from './color-jitter.ts';
import { grayscale } from './grayscale.ts';
import { invert } from './invert.ts';
import { normalize } from './normalize.ts';

const pixels = (...values: number[]): Image => image(Uint8Array.from(values), values.length / 3, 1, 3);
const run = async (transform: Transform<Image>, picture: Image): Promise<number[]> => [
  ...(await transform(picture, new Random(1))).data,
];
const colours = pixels(200, 100, 50, 10, 20, 30, 255, 0, 128);

test('brightness multiplies pixel values', async () => {
  expect(await run(colorJitter({ brightness: [0.5, 0.5] }), colours)).toEqual([100, 50, 25, 5, 10, 15, 128, 0, 64]);
  expect(await run(colorJitter({ brightness: [2, 2] }), colours)).toEqual([255, 200, 100, 20, 40, 60, 255, 0, 255]);
});
test('contrast scales around the mean brightness', async () => {
  expect(await run(colorJitter({ contrast: [0, 0] }), pixels(100, 100, 100, 200, 200, 200))).toEqual([
    150, 150, 150, 150, 150, 150,
  ]);
  expect(await run(colorJitter({ contrast: [2, 2] }), pixels(100, 100, 100, 140, 140, 140))).toEqual([
    80, 80, 80, 160, 160, 160,
  ]);
});
test('saturation scales around the brightness of each pixel', async () => {
  expect(await run(colorJitter({ saturation: [0, 0] }), pixels(200, 100, 50))).toEqual([124, 124, 124]);
  expect(await run(colorJitter({ saturation: [0.5, 0.5] }), pixels(200, 100, 50))).toEqual([162, 112, 87]);
});
test('hue rotates the colour wheel', async () => {
  expect(await run(colorJitter({ hue: [1 / 3, 1 / 3] }), pixels(200, 100, 50))).toEqual([50, 200, 100]);
  expect(await run(colorJitter({ hue: [0.5, 0.5] }), pixels(200, 100, 50, 7, 7, 7))).toEqual([50, 150, 200, 7, 7, 7]);
  expect(await run(colorJitter({ hue: [-0.5, -0.5] }), pixels(0, 0, 255))).toEqual([255, 255, 0]);
});
test('colorJitter without options changes nothing', async () =>
  expect(await run(colorJitter(), colours)).toEqual([...colours.data]));
test('hue and saturation do nothing to grey images', async () =>
  expect(await run(colorJitter({ hue: [0.3, 0.3], saturation: [0, 0] }), image(Uint8Array.of(5, 6), 2, 1, 1))).toEqual([
    5, 6,
  ]));
test('float images have values from 0 to 1', async () => {
  const bytes = await run(
    colorJitter({ brightness: [1.3, 1.3], contrast: [0.7, 0.7], hue: [0.1, 0.1], saturation: [1.5, 1.5] }),
    colours,
  );
  const floats = await run(
    colorJitter({ brightness: [1.3, 1.3], contrast: [0.7, 0.7], hue: [0.1, 0.1], saturation: [1.5, 1.5] }),
    { ...colours, data: Float32Array.from(colours.data, (value) => value / 255) },
  );
  expect(floats.map((value) => Math.round(value * 255))).toEqual(bytes);
});
test('factors stay within the range', async () => {
  const factors = new Set<number>();
  for (let seed = 0; seed < 300; seed++)
    factors.add((await colorJitter({ brightness: 0.4 })(pixels(100, 100, 100), new Random(seed))).data[0]!);
  expect(Math.min(...factors)).toBeGreaterThanOrEqual(60);
  expect(Math.max(...factors)).toBeLessThanOrEqual(140);
  expect(factors.size).toBeGreaterThan(60);
});
test('grayscale removes colour', async () => {
  expect(await run(grayscale(), pixels(200, 100, 50, 255, 255, 255))).toEqual([124, 124, 124, 255, 255, 255]);
  expect(await grayscale({ channels: 'one' })(colours, new Random(1))).toMatchObject({ channels: 1, width: 3 });
  expect(await run(grayscale({ probability: 0 }), colours)).toEqual([...colours.data]);
  expect(() => grayscale({ channels: 'one', probability: 0.5 })).toThrow('needs probability 1');
  expect(() => grayscale()(image(new Uint8Array(4), 1, 1, 4), new Random(1))).toThrow(
    'grayscale expects an image with 1 or 3 channels, got 4.',
  );
});
test('invert swaps black and white', async () => {
  expect(await run(invert(), pixels(0, 100, 255))).toEqual([255, 155, 0]);
  expect(await run(invert({ probability: 0 }), pixels(0, 100, 255))).toEqual([0, 100, 255]);
});
test('normalize subtracts the mean and divides by the standard deviation', async () => {
  expect(await run(normalize({ mean: [0, 0.2, 0.5], std: [1, 0.5, 0.5] }), pixels(51, 51, 255))).toEqual(
    [0.2, 0, 1].map(Math.fround),
  );
  expect(await run(normalize({ mean: [0.5], std: [0.5] }), pixels(0, 255, 255))).toEqual([-1, 1, 1]);
  expect(() => normalize({ mean: [0.5], std: [0] })).toThrow(
    'normalize expects "std" to be a list of numbers above 0, one per channel, got [0].',
  );
  expect(() => normalize({ mean: [0, 0], std: [1] })(colours, new Random(1))).toThrow(
    'normalize has 2 values for "mean", but the image has 3 channels.',
  );
});
