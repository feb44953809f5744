import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { type Image, image, imageFingerprint, looksSame } from './index.ts';

/** A random picture of coloured waves, different for each seed, at any size. */
function picture(seed: number, { width = 96, height = 80, noise = 0, contrast = 25, dot = 0 } = {}): Image {
  const random = new Random(seed);
  const waves = Array.from(
    { length: 4 },
    () => [random.range(2, 12), random.range(2, 12), random.range(0, 6), random.range(-1, 1)] as const,
  );
  const grain = random.fork('grain');
  return image(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const [x, y] = [(((i / 3) | 0) % width) / width, Math.floor(i / 3 / width) / height];
      if (Math.hypot(x - 0.3, y - 0.6) < dot) return 255;
      const value = waves.reduce(
        (sum, [a, b, c, d]) => sum + contrast * Math.sin(a * x + b * y + c + d * (i % 3)),
        128,
      );
      return Math.min(255, Math.max(0, value + noise * grain.normal()));
    }),
    width,
    height,
    3,
  );
}

test('copies at another size, with noise or slightly brighter, look the same', () => {
  for (let seed = 0; seed < 8; seed++) {
    const one = picture(seed);
    expect(looksSame(one, picture(seed, { width: 240, height: 200 }))).toBe(true);
    expect(looksSame(one, picture(seed, { noise: 4 }))).toBe(true);
    expect(
      looksSame(
        one,
        image(
          one.data.map((value) => Math.min(255, value + 2)),
          96,
          80,
          3,
        ),
      ),
    ).toBe(true);
  }
});
test('other pictures, other colours, other proportions and a small object do not', () => {
  for (let seed = 0; seed < 8; seed++) {
    const one = picture(seed);
    expect(looksSame(one, picture(seed + 100))).toBe(false);
    expect(looksSame(one, picture(seed, { dot: 0.04 }))).toBe(false);
    expect(looksSame(one, picture(seed, { width: 96, height: 96 }))).toBe(false);
    const swapped = one.data.map((_, i) => one.data[i - (i % 3) + ((i + 1) % 3)]!);
    expect(looksSame(one, image(swapped, 96, 80, 3))).toBe(false);
  }
});
test('plain images are like any other, so they have no fingerprint and never look the same', () => {
  const plain = image(new Uint8Array(96 * 80 * 3).fill(200), 96, 80, 3);
  expect([imageFingerprint(plain), looksSame(plain, plain)]).toEqual([undefined, false]);
  const grain = new Random(1);
  const noise = image(
    Uint8Array.from({ length: 96 * 80 * 3 }, () => 255 * grain.next()),
    96,
    80,
    3,
  );
  expect(looksSame(noise, noise)).toBe(true); // the cells of a small image keep some of its noise
  expect(imageFingerprint(picture(1))).toHaveLength(2);
});
test('grey and coloured images are compared by brightness', () => {
  const one = picture(3);
  const grey = image(
    Uint8Array.from({ length: 96 * 80 }, (_, i) =>
      Math.round(0.299 * one.data[3 * i]! + 0.587 * one.data[3 * i + 1]! + 0.114 * one.data[3 * i + 2]!),
    ),
    96,
    80,
    1,
  );
  expect(looksSame(one, grey)).toBe(true);
});
