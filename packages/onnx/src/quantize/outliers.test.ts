import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { outlierOf, timesLarger } from './outliers.ts';

const normal = (count: number, seed = 1): number[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => random.normal());
};

test('a value that makes most others 0 is an outlier, with how much larger it is', () => {
  const values = [...normal(999), -100_000];
  const { value, factor } = outlierOf(values, 127)!;
  expect(value).toBe(-100_000);
  expect(factor).toBeGreaterThan(100_000);
  expect(factor).toBeLessThan(200_000); // the median magnitude of a normal distribution is 0.67
  expect(timesLarger(factor)).toMatch(/^1\d0,000 times$/);
});
test('usual weights have none, nor have zeros, few values or equal ones', () => {
  for (let seed = 0; seed < 20; seed++) expect(outlierOf(normal(500, seed), 64)).toBeUndefined();
  expect(outlierOf([...Array<number>(1000).fill(0), 5], 127)).toBeUndefined();
  expect(outlierOf([1, 1000], 127)).toBeUndefined();
  expect(outlierOf(Array(100).fill(3), 127)).toBeUndefined();
  expect(outlierOf([], 127)).toBeUndefined();
});
