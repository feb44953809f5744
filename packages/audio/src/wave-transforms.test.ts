import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { frequencyMask, gain, timeMask, timeShift, type WaveTransform, whiteNoise } from './wave-transforms.ts';

const length = 4000;
const noise = Float32Array.from({ length }, (_, i) => new Random(i).normal());
const apply = (change: WaveTransform, seed: number, samples = noise): Float32Array =>
  change(samples, new Random(seed)) as Float32Array;
const energy = (samples: Float32Array): number => samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
/** The energy at a frequency, as a fraction of half the rate. */
function energyAt(samples: Float32Array, frequency: number): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((one, i) => {
    real += one * Math.cos(Math.PI * frequency * i);
    imaginary += one * Math.sin(Math.PI * frequency * i);
  });
  return real ** 2 + imaginary ** 2;
}

test.each<[string, WaveTransform]>([
  ['timeShift', timeShift()],
  ['gain', gain()],
  ['whiteNoise', whiteNoise()],
  ['timeMask', timeMask({ count: 2 })],
  ['frequencyMask', frequencyMask({ share: 0.3 })],
])('%s: the same stream gives the same samples, another one others, and the input is unchanged', (_, change) => {
  const before = noise.slice();
  const found = apply(change, 1);
  expect(found.length).toBe(length);
  expect(apply(change, 1)).toEqual(found);
  expect(apply(change, 2)).not.toEqual(found);
  expect(noise).toEqual(before);
  expect(apply(change, 3, new Float32Array()).length).toBe(0);
});
test('a shift moves every sample by the same number, and fills with zeros', () => {
  const marked = Float32Array.from({ length: 100 }, (_, i) => i + 1);
  const shifts = Array.from({ length: 300 }, (_, seed) => {
    const found = apply(timeShift({ share: 0.2 }), seed, marked);
    const shift = 50 - (found[50]! - 1);
    expect(found).toEqual(Float32Array.from({ length: 100 }, (__, i) => marked[i - shift] ?? 0));
    return shift;
  });
  expect([Math.min(...shifts), Math.max(...shifts)]).toEqual([-20, 20]);
});
test('a gain is a factor within its range in decibels', () => {
  const factors = Array.from({ length: 200 }, (_, seed) => apply(gain({ decibels: [-20, 0] }), seed)[7]! / noise[7]!);
  expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.1 - 1e-6);
  expect(Math.min(...factors)).toBeLessThan(0.12);
  expect(Math.max(...factors)).toBeLessThanOrEqual(1 + 1e-6);
});
test('noise has the given ratio to the wave, and silence stays silent', () => {
  const loud = noise.map((one) => 3 * one);
  const found = apply(whiteNoise({ decibels: [20, 20] }), 1, loud);
  const ratio = energy(loud) / energy(found.map((one, i) => one - loud[i]!));
  expect(Math.abs(ratio - 100)).toBeLessThan(15); // three deviations of the sum of 4,000 squares
  expect(apply(whiteNoise(), 1, new Float32Array(10))).toEqual(new Float32Array(10));
});
test('a time mask silences one part of at most its share', () => {
  const ones = new Float32Array(200).fill(1);
  const lengths = Array.from({ length: 200 }, (_, seed) => {
    const found = apply(timeMask({ share: 0.25 }), seed, ones);
    const [first, last] = [found.indexOf(0), found.lastIndexOf(0)];
    expect(found.filter((one) => one === 0).length).toBe(first < 0 ? 0 : last - first + 1);
    return found.filter((one) => one === 0).length;
  });
  expect(Math.max(...lengths)).toBe(50);
});
test('a frequency mask removes one band of at most its share, and keeps the others', () => {
  const impulse = new Float32Array(301);
  impulse[150] = 1;
  const shares = Array.from({ length: 20 }, (_, seed) => {
    const found = apply(frequencyMask({ share: 0.3 }), seed, impulse);
    const gains = Array.from({ length: 99 }, (__, i) => energyAt(found, (i + 1) / 100));
    const isGone = gains.map((one) => one < 0.25);
    const [first, last] = [isGone.indexOf(true), isGone.lastIndexOf(true)];
    expect(isGone.slice(first, last + 1).every(Boolean)).toBe(true);
    expect(gains.filter((one) => one > 0.8).length).toBeGreaterThan(60);
    return isGone.filter(Boolean).length / 100;
  });
  expect(Math.max(...shares)).toBeGreaterThan(0.15);
  expect(Math.max(...shares)).toBeLessThanOrEqual(0.32);
});
test('invalid options', () => {
  expect(() => timeShift({ share: 2 })).toThrow('timeShift expects share from 0 to 1, got 2.');
  expect(() => gain({ decibels: [3, -3] })).toThrow('gain expects decibels to be [low, high], got [3,-3].');
  expect(() => whiteNoise({ decibels: [NaN, 1] })).toThrow('whiteNoise expects decibels');
  expect(() => timeMask({ count: 1000 })).toThrow('timeMask expects a count from 0 to 100, got 1000.');
  expect(() => frequencyMask({ share: -1 })).toThrow('frequencyMask expects share');
});
