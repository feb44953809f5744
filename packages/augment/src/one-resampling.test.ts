import { compose, type Image, image } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { affine } from './affine.ts';
import { centerCrop } from './center-crop.ts';
import { boxMove } from './crop.ts';
import { elastic } from './elastic.ts';
import { fromPlan, moved } from './geometric.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { inverse, product, through } from './matrix.ts';
import { oneResampling } from './one-resampling.ts';
import { pad } from './pad.ts';
import { perspective } from './perspective.ts';
import { randomResizedCrop } from './random-resized-crop.ts';
import { resize } from './resize.ts';
import { resizeToFit } from './resize-to-fit.ts';
import { rotate } from './rotate.ts';
import { shear } from './shear.ts';
import { translate } from './translate.ts';
import { verticalFlip } from './vertical-flip.ts';
import { zoom } from './zoom.ts';

const soft = image(
  Uint8Array.from(
    { length: 40 * 30 },
    (_, i) => 128 + 60 * Math.sin((i % 40) / 4) + 50 * Math.cos(Math.floor(i / 40) / 5),
  ),
  40,
  30,
  1,
);
const noise = image(
  Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 7919) % 251),
  40,
  30,
  3,
);
const chain = [
  rotate({ degrees: 25 }),
  shear({ x: 10, y: 5 }),
  perspective({ probability: 1, distortion: 0.2 }),
  zoom({ scale: 0.2 }),
  horizontalFlip(),
  resize({ size: { width: 36, height: 33 } }),
];

test('equals one resampling with the product of the matrices, bit for bit', async () => {
  for (let seed = 0; seed < 20; seed++) {
    let [back, size] = [[1, 0, 0, 0, 1, 0, 0, 0, 1] as ReturnType<typeof product>, { width: 40, height: 30 }];
    for (const [k, { plan }] of chain.entries()) {
      const move = plan(size, new Random(seed).fork(k));
      [back, size] = [product(back, move.back), move];
    }
    expect(await oneResampling(...chain)(noise, new Random(seed))).toEqual(
      await moved(noise, { back, width: 36, height: 33 }, { fill: 0, minVisible: 0.1 }),
    );
  }
});
test('rotating there and back keeps the image, while two resamplings blur it', async () => {
  const there = [rotate({ degrees: [33, 33] }), rotate({ degrees: [-33, -33] })];
  const middle = ({ data, width, channels }: Image): number[] =>
    Array.from({ length: 100 }, (_, i) => data[((10 + Math.floor(i / 10)) * width + 15 + (i % 10)) * channels]!);
  const error = (result: Image): number =>
    Math.max(...middle(result).map((value, i) => Math.abs(value - middle(noise)[i]!)));
  expect(error(await oneResampling(...there)(noise, new Random(1)))).toBeLessThanOrEqual(1);
  expect(error(await compose(...there)(noise, new Random(1)))).toBeGreaterThan(20);
});
test('draws the same random numbers as compose, with nearly the same pixels on smooth images', async () => {
  const steps = [
    rotate({ degrees: 10, fill: 128 }),
    zoom({ scale: [1.3, 1.5], fill: 128 }),
    horizontalFlip(),
    verticalFlip(),
  ];
  for (let seed = 0; seed < 10; seed++) {
    const [once, twice] = [
      await oneResampling(...steps)(soft, new Random(seed)),
      await compose(...steps)(soft, new Random(seed)),
    ];
    for (let y = 8; y < 22; y++)
      for (let x = 8; x < 32; x++) expect(Math.abs(once.data[y * 40 + x]! - twice.data[y * 40 + x]!)).toBeLessThan(8);
  }
});
test('crops, flips and axis-aligned scaling stay exact', async () => {
  const steps = [randomResizedCrop({ size: 16 }), horizontalFlip({ probability: 1 }), verticalFlip({ probability: 1 })];
  for (let seed = 0; seed < 20; seed++)
    expect(await oneResampling(...steps)(noise, new Random(seed))).toEqual(
      await compose(...steps)(noise, new Random(seed)),
    );
});
test('a downscaling composition averages all pixels', async () => {
  const stripes = image(
    Uint8Array.from({ length: 128 * 128 }, (_, i) => (i % 2) * 200),
    128,
    128,
    1,
  );
  const { data } = await oneResampling(rotate({ degrees: [10, 10] }), resize({ size: 16 }))(stripes, new Random(1));
  for (let y = 5; y < 11; y++) for (let x = 5; x < 11; x++) expect(Math.abs(data[y * 16 + x]! - 100)).toBeLessThan(15);
});
test('a large warp does not block the event loop', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 0);
  const large = image(new Uint8Array(1500 * 1500), 1500, 1500, 1);
  expect(await rotate({ degrees: [5, 5] })(large, new Random(1))).toMatchObject({ width: 1500, height: 1500 });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(2);
});
test('supports images of a single pixel, row or column', async () => {
  for (const [width, height] of [
    [1, 1],
    [1, 9],
    [9, 1],
  ] as const)
    for (let seed = 0; seed < 5; seed++)
      expect(
        await oneResampling(...chain)(image(new Uint8Array(width * height), width, height, 1), new Random(seed)),
      ).toMatchObject({ width: 36, height: 33 });
});
test('rejects transforms with different fills', () =>
  expect(() => oneResampling(rotate({ degrees: 5, fill: 255 }), affine())).toThrow(
    'oneResampling expects the same fill for all transforms, got 255 and 0.',
  ));
test('inverse undoes a map', () => {
  const { back } = perspective({ probability: 1 }).plan({ width: 20, height: 10 }, new Random(3));
  const [x, y] = through(inverse(back), ...through(back, 7, 3));
  expect(x).toBeCloseTo(7, 8);
  expect(y).toBeCloseTo(3, 8);
  expect(() => inverse([1, 0, 0, 2, 0, 0, 0, 0, 1])).toThrow('is not invertible');
});

/** A dot at (x, y) with matching annotations. */
function dotted(x: number, y: number): Image {
  const [data, mask] = [new Uint8Array(40 * 30), new Uint8Array(40 * 30)];
  for (let row = y - 2; row < y + 2; row++)
    for (const [plane, value] of [
      [data, 255],
      [mask, 7],
    ] as const)
      plane.fill(value, row * 40 + x - 2, row * 40 + x + 2);
  return {
    ...image(data, 40, 30, 1),
    mask,
    keypoints: Float32Array.of(x, y),
    boxes: Float32Array.of(x - 2, y - 2, x + 2, y + 2),
    boxLabels: Int32Array.of(5),
  };
}
const centreOf = (values: ArrayLike<number>, width: number): [number, number] => {
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < values.length; i++)
    [mass, sumX, sumY] = [
      mass + values[i]!,
      sumX + values[i]! * ((i % width) + 0.5),
      sumY + values[i]! * (Math.floor(i / width) + 0.5),
    ];
  return [sumX / mass, sumY / mass];
};
test.each([
  ['rotate', rotate({ degrees: 30 })],
  ['shear', shear({ x: 10, y: 10 })],
  ['zoom', zoom({ scale: 0.3 })],
  ['perspective', perspective({ probability: 1, distortion: 0.3 })],
  ['horizontalFlip', horizontalFlip({ probability: 1 })],
  ['verticalFlip', verticalFlip({ probability: 1 })],
  ['pad', pad({ padding: { left: 3, top: 5 } })],
  ['resize', resize({ size: { width: 50, height: 45 } })],
  ['affine', affine({ degrees: 20, translate: 0.1, scale: 0.1, shear: 10 })],
  ['all at once', oneResampling(...chain)],
  ['translate', translate({ translate: 0.2 })],
  ['centerCrop', centerCrop({ size: { width: 33, height: 28 } })],
  ['resizeToFit', resizeToFit({ size: 60 })],
  ['elastic', elastic({ alpha: 40, sigma: 6 })],
])('%s moves boxes, mask and keypoints with the image', async (_, transform) => {
  for (let seed = 0; seed < 20; seed++) {
    const { data, width, mask, keypoints, boxes, boxLabels } = await transform(dotted(21, 14), new Random(seed));
    const centre = centreOf(data, width);
    const [keyX, keyY] = keypoints as unknown as [number, number];
    const [left, top, right, bottom] = boxes as unknown as [number, number, number, number];
    expect(Math.hypot(centre[0] - keyX, centre[1] - keyY)).toBeLessThan(0.3);
    const moved = centreOf(mask!, width);
    expect(Math.hypot(moved[0] - keyX, moved[1] - keyY)).toBeLessThan(0.6);
    expect(new Set(mask)).toEqual(new Set([0, 7]));
    expect(Math.hypot((left + right) / 2 - keyX, (top + bottom) / 2 - keyY)).toBeLessThan(0.5);
    expect([...boxLabels!]).toEqual([5]);
  }
});
test('boxes are clipped, and dropped with their label if too little remains', async () => {
  const picture: Image = {
    ...soft,
    boxes: Float32Array.of(0, 0, 10, 10, 15, 5, 25, 15, 5, 5, 25, 25),
    boxLabels: Int32Array.of(1, 2, 3),
  };
  const cut = (minVisible: number): Image =>
    fromPlan(() => boxMove({ left: 20, top: 0, width: 20, height: 30 }), { minVisible })(
      picture,
      new Random(1),
    ) as Image;
  expect([...cut(0.1).boxes!]).toEqual([0, 5, 5, 15, 0, 5, 5, 25]);
  expect([...cut(0.1).boxLabels!]).toEqual([2, 3]);
  expect([...cut(0.4).boxes!]).toEqual([0, 5, 5, 15]);
  expect([...cut(0.4).boxLabels!]).toEqual([2]);
  expect(cut(0.6).boxes!.length).toBe(0);
});
test.each<[Partial<Image>, string]>([
  [{ boxes: new Float32Array(5) }, "An image's boxes need four numbers each, got 5 numbers."],
  [
    { boxes: new Float32Array(8), boxLabels: new Int32Array(1) },
    'An image has 2 boxes and 1 box labels. Pass one label per box.',
  ],
  [{ mask: new Uint8Array(9) }, 'A mask needs one number per pixel, 1200 for 40×30, got 9.'],
  [{ keypoints: new Float32Array(3) }, "An image's keypoints need two numbers each, got 3 numbers."],
])('rejects annotations that do not match the image: case %#', (wrong, message) =>
  expect(() => horizontalFlip({ probability: 1 })({ ...soft, ...wrong }, new Random(1))).toThrow(message),
);
