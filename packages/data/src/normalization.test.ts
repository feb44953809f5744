import { expect, test } from 'vitest';
import { image } from './image.ts';
import { toPlanes } from './normalization.ts';

const twoPixels = image(Uint8Array.of(0, 51, 102, 153, 204, 255), 2, 1, 3);
const rounded = (values: Float32Array): number[] => Array.from(values, (value) => Math.round(value * 1e5) / 1e5);

test('converts interleaved bytes to planes', () => {
  const { data, shape } = toPlanes(twoPixels);
  expect(shape).toEqual([3, 1, 2]);
  expect(rounded(data)).toEqual([0, 0.6, 0.2, 0.8, 0.4, 1]);
});
test('applies mean and std per channel', () =>
  expect(rounded(toPlanes(twoPixels, { mean: [0, 0.2, 0.4], std: [1, 0.5, 0.25] }).data)).toEqual([
    0, 0.6, 0, 1.2, 0, 2.4,
  ]));
test('applies one mean and std to all channels', () =>
  expect(rounded(toPlanes(twoPixels, { mean: [0.5], std: [0.5] }).data)).toEqual([-1, 0.2, -0.6, 0.6, -0.2, 1]));
test('reorders channels to BGR', () =>
  expect(rounded(toPlanes(twoPixels, { order: 'bgr' }).data)).toEqual([0.4, 1, 0.2, 0.8, 0, 0.6]));
test('repeats a grey channel', () =>
  expect(rounded(toPlanes(image(Uint8Array.of(0, 255), 2, 1, 1), { channels: 3, mean: [0.1, 0.2, 0.3] }).data)).toEqual(
    [-0.1, 0.9, -0.2, 0.8, -0.3, 0.7],
  ));
test('float images have values from 0 to 1', () =>
  expect(
    rounded(
      toPlanes(
        { ...twoPixels, data: Float32Array.from(twoPixels.data, (value) => value / 255) },
        { mean: [0.5], std: [0.5] },
      ).data,
    ),
  ).toEqual([-1, 0.2, -0.6, 0.6, -0.2, 1]));
test('rejects channels, means and data that do not match', () => {
  expect(() => toPlanes(twoPixels, { channels: 1 })).toThrow(
    'The network expects 1 channels, but the image has 3. Decode it with { channels: 1 } or use grayscale().',
  );
  expect(() => toPlanes(twoPixels, { mean: [0.5, 0.5] })).toThrow(
    'expects one mean or 3, each a number, got [0.5, 0.5]',
  );
  expect(() => toPlanes(twoPixels, { std: [1, 0, 1] })).toThrow('expects one std or 3, each above 0, got [1, 0, 1]');
  expect(() => image(new Uint8Array(5), 2, 1, 3)).toThrow('An image of 2×1 with 3 channels must have 6 values, got 5.');
});
test.each([0, 1, 2, 4])('reads all pixels correctly if the data starts at byte %i of its buffer', (start) => {
  const bytes = Uint8Array.from({ length: start + 3 * 11 }, (_, i) => (i * 37 + 11) % 256).subarray(start);
  const [normalization, size] = [{ mean: [0.5, 0.4, 0.3], std: [0.3, 0.2, 0.1] }, 11];
  for (const order of ['rgb', 'bgr'] as const) {
    const { data } = toPlanes(image(bytes, size, 1, 3), { ...normalization, order });
    const expected = [0, 1, 2].flatMap((c) =>
      Array.from(
        { length: size },
        (_, i) =>
          (bytes[3 * i + (order === 'rgb' ? c : 2 - c)]! / 255 - normalization.mean[c]!) / normalization.std[c]!,
      ),
    );
    expected.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 5));
  }
});
