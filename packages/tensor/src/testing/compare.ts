import { expect } from 'vitest';
import type { AnyBackend, DType, Shape, Tensor } from '../index.ts';
import { Random, tensor } from '../index.ts';

/** Asserts that numbers are close: |actual − expected| ≤ tolerance · max(scale, |expected|). NaN and infinities must be equal. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = '',
  scale = 1,
): void {
  expect(actual.length, `${what} length`).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    const near = Math.abs(a - e) <= tolerance * Math.max(scale, Math.abs(e));
    if (!near) expect.fail(`${what} element ${i}: got ${a}, expected ${e} within ${tolerance}`);
  }
}

/** The input of a sample. */
export interface InputSpec {
  readonly shape: Shape;
  /** Default: 'normal', standard normal numbers. */
  readonly values?: 'normal' | 'positive' | 'distinct' | readonly number[] | { readonly below: number };
  /** Default: the dtype the sample runs in. */
  readonly dtype?: DType;
}

/** The values of a sample's input, determined by the seed. */
export function valuesOf({ shape, values = 'normal' }: InputSpec, random: Random): number[] {
  const size = shape.reduce((a, b) => a * b, 1);
  if (typeof values === 'object' && 'below' in values)
    return Array.from({ length: size }, () => random.int(values.below));
  if (typeof values === 'object') return [...values];
  if (values === 'positive') return Array.from({ length: size }, () => 0.2 + 2 * random.next());
  // Far enough apart that a small step does not change the maximum.
  if (values === 'distinct') return random.shuffle(Array.from({ length: size }, (_, i) => (i - size / 2) * 0.1 + 0.03));
  return Array.from({ length: size }, () => random.normal());
}

/** Creates a sample's inputs on a backend. */
export const inputsOn = (
  specs: readonly InputSpec[],
  numbers: readonly (readonly number[])[],
  backend: AnyBackend,
  dtype: DType,
): Tensor[] =>
  specs.map((spec, i) => tensor([...numbers[i]!], { shape: spec.shape, dtype: spec.dtype ?? dtype, backend }));
