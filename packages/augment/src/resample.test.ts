import { type Image, image } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { resample } from './resample.ts';
import { scaleLarge } from './node/scale-large.ts';
import { whole } from './scale.ts';

// Pillow 12.3.0: Image.fromarray(a).resize(size, Image.BILINEAR), a[y, x] = (37 x + 91 y + 13 x y) mod 256
const source = image(
  Uint8Array.from(
    { length: 35 },
    (_, i) => ((i % 7) * 37 + Math.floor(i / 7) * 91 + (i % 7) * Math.floor(i / 7) * 13) % 256,
  ),
  7,
  5,
  1,
);
const larger = [
  [0, 17, 40, 64, 87, 111, 135, 158, 182, 205, 222],
  [40, 59, 86, 113, 140, 168, 124, 110, 137, 164, 184],
  [97, 120, 151, 173, 201, 233, 113, 58, 90, 114, 130],
  [154, 181, 202, 128, 117, 154, 141, 149, 187, 129, 75],
  [130, 161, 187, 118, 113, 156, 147, 161, 203, 150, 101],
  [27, 62, 108, 145, 189, 237, 132, 93, 140, 179, 206],
  [68, 106, 146, 108, 121, 174, 156, 129, 90, 130, 168],
  [108, 148, 182, 76, 62, 119, 176, 162, 56, 90, 130],
].flat();
const smaller = [110, 141, 141, 122, 145, 137];
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

test.each([
  ['larger', 11, 8, larger],
  ['smaller', 3, 2, smaller],
] as const)('%s matches Pillow up to rounding', (_, width, height, expected) => {
  const result = resample(source, whole(source), width, height);
  expect(result.data.length).toBe(expected.length);
  expect(largestDifference(result.data, expected)).toBeLessThanOrEqual(1);
});
test('the same size gives the same image', () =>
  expect(resample(source, whole(source), 7, 5).data).toEqual(source.data));
test('a box is scaled as if it had been cropped first', () => {
  const box = { left: 2, top: 1, width: 4, height: 3 };
  const part = image(
    Uint8Array.from({ length: 12 }, (_, i) => source.data[(1 + Math.floor(i / 4)) * 7 + 2 + (i % 4)]!),
    4,
    3,
    1,
  );
  expect(resample(source, box, 9, 2).data).toEqual(resample(part, whole(part), 9, 2).data);
});
test('channels do not mix', () => {
  const grey = resample(source, whole(source), 11, 8);
  const colour = resample(
    image(
      Uint8Array.from(source.data).reduce(
        (all, value, i) => (all.set([value, 255 - value, 7], 3 * i), all),
        new Uint8Array(105),
      ),
      7,
      5,
      3,
    ),
    whole(source),
    11,
    8,
  );
  expect(colour.data.filter((_, i) => i % 3 === 0)).toEqual(grey.data);
  expect(new Set(colour.data.filter((_, i) => i % 3 === 2))).toEqual(new Set([7]));
});
test('floats are not rounded', () => {
  const ramp: Image = { data: Float32Array.of(0, 1), width: 2, height: 1, channels: 1 };
  expect([...resample(ramp, whole(ramp), 4, 1).data]).toEqual([0, 0.25, 0.75, 1]);
});

/** An image similar to a photograph: smooth, with some noise. */
function picture(width: number, height: number, channels: number): Image {
  const random = new Random(1);
  const value = (i: number): number => {
    const [x, y, c] = [Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels];
    return 128 + 60 * Math.sin(x / 17 + c) + 50 * Math.cos(y / 11 - c) + 8 * random.normal();
  };
  return image(
    Uint8Array.from({ length: width * height * channels }, (_, i) => Math.max(0, Math.min(255, value(i)))),
    width,
    height,
    channels,
  );
}
// The bounds are the greatest differences measured on 80 such images.
test.each([
  [90, 70, 2],
  [60, 50, 3],
  [40, 40, 3],
  [13, 9, 5],
])('sharp gives nearly the same pixels for 120×100 to %d×%d', async (width, height, most) => {
  for (const channels of [1, 3]) {
    const source = picture(120, 100, channels);
    const [ours, sharps] = [
      resample(source, whole(source), width, height),
      await scaleLarge(source, whole(source), width, height, { name: 'bilinear', antialias: true }),
    ];
    expect(sharps.channels).toBe(channels);
    const differences = Array.from(ours.data, (value, i) => Math.abs(value - sharps.data[i]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(most);
  }
});
