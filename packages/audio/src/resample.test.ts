import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import golden from './audio.golden.json' with { type: 'json' };
import { resample } from './resample.ts';

test.each(golden.resample)("from $from to $to, it is SciPy's resample_poly", ({ from, to, samples, result }) => {
  const found = resample(Float32Array.from(samples), from, to);
  expect(found.length).toBe(result.length);
  expect(relativeDifference(found, result)).toBeLessThan(1e-6);
});
test('a tone below half of both rates stays the same tone', () => {
  const tone = (rate: number): Float32Array =>
    Float32Array.from({ length: rate / 4 }, (_, i) => Math.sin((2 * Math.PI * 1234 * i) / rate));
  const [found, expected] = [resample(tone(44_100), 44_100, 16_000), tone(16_000)];
  const error = found.subarray(100, 3900).map((value, i) => Math.abs(value - expected[i + 100]!));
  expect(Math.max(...error)).toBeLessThan(2e-3);
});
test('a tone above half of the new rate is removed', () => {
  const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin((2 * Math.PI * 7000 * i) / 16_000));
  expect(Math.max(...resample(tone, 16_000, 8000).subarray(50, 3950).map(Math.abs))).toBeLessThan(2e-3);
});
test('rates without a common divisor are rounded to a ratio of small terms', () => {
  const random = new Random(1);
  const samples = Float32Array.from({ length: 3000 }, () => random.next());
  const [odd, even] = [resample(samples, 44_101, 16_000), resample(samples, 44_100, 16_000)];
  expect(odd.length).toBe(1089);
  expect(relativeDifference(odd.subarray(20, 200), even.subarray(20, 200))).toBeLessThan(0.02);
});
test('equal rates give a copy, and rates must be positive integers', () => {
  const samples = Float32Array.of(1, 2);
  const same = resample(samples, 8000, 8000);
  expect(same).toEqual(samples);
  expect(same).not.toBe(samples);
  expect(resample(new Float32Array(), 8000, 16_000).length).toBe(0);
  for (const rate of [0, -1, 1.5, NaN]) expect(() => resample(samples, rate, 8000)).toThrow('positive integers');
});
