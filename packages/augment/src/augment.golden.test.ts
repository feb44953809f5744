import { type Image, image, type Transform, toPlanes } from '@graft/data';
import { Random } from '@graft/tensor';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { affine, mapping } from './affine.ts';
import { augMixSpace } from './aug-mix.ts';
import { autocontrast } from './autocontrast.ts';
import { colorJitter } from './color-jitter.ts';
import { bent } from './elastic.ts';
import { equalize } from './equalize.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { moved } from './geometric.ts';
import { grayscale } from './grayscale.ts';
import { invert } from './invert.ts';
import { type OperationName, operations, type Space } from './operations.ts';
import { perspectiveMove } from './perspective.ts';
import { posterize } from './posterize.ts';
import { randAugmentSpace } from './rand-augment.ts';
import { resize } from './resize.ts';
import { rotate } from './rotate.ts';
import { sharpness } from './sharpness.ts';
import { solarize } from './solarize.ts';
import { trivialAugmentSpace } from './trivial-augment.ts';

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly pixels: number[];
  readonly resized: readonly {
    kernel: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
    width: number;
    height: number;
    pixels: number[];
  }[];
  readonly corners: readonly [number, number][];
  readonly shifts: number[];
  readonly geometry: Record<'rotate' | 'affine' | 'perspective' | 'elastic', number[]>;
  readonly colour: Record<string, number[]>;
  readonly normalized: number[];
  readonly operations: readonly { name: string; magnitude: number; pixels: number[] }[];
  readonly spaces: Record<string, Record<string, number[]>>;
}
const golden = JSON.parse(readFileSync(new URL('augment.golden.json', import.meta.url), 'utf8')) as Golden;
const picture = image(Uint8Array.from(golden.pixels), golden.width, golden.height, 3);
const run = async (transform: Transform<Image>, source = picture): Promise<ArrayLike<number>> =>
  (await transform(source, new Random(1))).data;
const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
};

test.each(golden.resized)(
  '$kernel to $width×$height matches Pillow up to rounding',
  async ({ kernel, width, height, pixels }) =>
    expect(furthest(await run(resize({ size: { width, height }, kernel })), pixels)).toBeLessThanOrEqual(
      kernel === 'nearest' ? 0 : 1,
    ),
);
test('resize skips pixels without antialias', async () => {
  const stripes = image(
    Uint8Array.from({ length: 64 }, (_, i) => (i % 4 < 2 ? 0 : 255)),
    64,
    1,
    1,
  );
  expect(new Set(Array.from(await run(resize({ size: { width: 16, height: 1 }, antialias: false }), stripes)))).toEqual(
    new Set([128]),
  );
  expect(
    new Set(Array.from(await run(resize({ size: { width: 13, height: 1 }, antialias: false }), stripes))).size,
  ).toBeGreaterThan(2);
});

test('rotate matches torchvision', async () =>
  expect(furthest(await run(rotate({ degrees: [20, 20] })), golden.geometry.rotate)).toBeLessThanOrEqual(1));
test('affine matches torchvision', async () => {
  const back = mapping(picture, picture, { angle: 15, shift: [2 / 16, -1 / 12], zoom: 1.2, slant: 10 });
  const { data } = await moved(picture, { back, width: 16, height: 12 }, { minVisible: 0 });
  expect(furthest(data, golden.geometry.affine)).toBeLessThanOrEqual(1);
});
test('perspective matches torchvision', async () =>
  expect(
    furthest(
      (await moved(picture, perspectiveMove(picture, golden.corners), { minVisible: 0 })).data,
      golden.geometry.perspective,
    ),
  ).toBeLessThanOrEqual(1));
test('elastic matches torchvision', async () =>
  expect(
    furthest((await bent(picture, Float32Array.from(golden.shifts), 0, 0)).data, golden.geometry.elastic),
  ).toBeLessThanOrEqual(1));
test('affine with fixed parameters is deterministic', async () =>
  expect(furthest(await run(affine({ degrees: [20, 20] })), golden.geometry.rotate)).toBeLessThanOrEqual(1));

const dim = image(
  picture.data.map((value) => Math.floor(value / 2) + 20),
  picture.width,
  picture.height,
  3,
);
test.each<[name: string, transform: Transform<Image>, bound: number, source?: Image]>([
  ['brightness', colorJitter({ brightness: [1.4, 1.4] }), 1],
  ['contrast', colorJitter({ contrast: [0.6, 0.6] }), 1],
  ['saturation', colorJitter({ saturation: [1.7, 1.7] }), 2], // torchvision truncates the grey value it mixes with
  ['hue', colorJitter({ hue: [0.2, 0.2] }), 1],
  ['grayscale', grayscale(), 1],
  ['gaussianBlur', gaussianBlur({ sigma: [1.3, 1.3], kernelSize: 5 }), 1],
  ['sharpness', sharpness({ sharpness: [2.5, 2.5] }), 2], // torchvision rounds the smoothed image
  ['posterize', posterize({ bits: 3, probability: 1 }), 0],
  ['solarize', solarize({ threshold: 100, probability: 1 }), 0],
  ['equalize', equalize({ probability: 1 }), 0],
  ['autocontrast', autocontrast({ probability: 1 }), 1, dim],
  ['invert', invert(), 0],
])('%s matches torchvision', async (name, transform, bound, source = picture) =>
  expect(furthest(await run(transform, source), golden.colour[name]!)).toBeLessThanOrEqual(bound),
);
test('normalisation matches torchvision', () => {
  const { data, shape } = toPlanes(picture, { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  const head = [0, 1, 2].flatMap((c) => [...data.subarray(c * shape[1] * shape[2], c * shape[1] * shape[2] + 32)]);
  expect(furthest(head, golden.normalized)).toBeLessThan(2e-6);
});

const ours = (name: string): OperationName =>
  name === 'AutoContrast' ? 'autocontrast' : (`${name[0]!.toLowerCase()}${name.slice(1)}` as OperationName);
test.each(golden.operations)('the operation $name matches torchvision', async ({ name, magnitude, pixels }) => {
  const { data } = await operations[ours(name)].apply(picture, magnitude, 0);
  expect(furthest(data, pixels)).toBeLessThanOrEqual(1);
});
test.each<[string, Space, number]>([
  ['randAugment', randAugmentSpace, 31],
  ['trivialAugment', trivialAugmentSpace, 31],
  ['augMix', augMixSpace, 10],
])('the magnitudes of %s match torchvision', (name, space, bins) => {
  const table = golden.spaces[name]!;
  expect(Object.keys(space).sort()).toEqual(Object.keys(table).map(ours).sort());
  for (const [key, magnitudes] of Object.entries(table))
    for (const [bin, magnitude] of magnitudes.entries())
      expect(space[ours(key)]!(bin / (bins - 1), picture)).toBeCloseTo(magnitude, 4);
});
