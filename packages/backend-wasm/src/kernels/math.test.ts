import {
  type AnyOp,
  apply,
  Clip,
  Elu,
  Erf,
  ErfGrad,
  Exp,
  Gelu,
  GeluGrad,
  HardSigmoid,
  HardSwish,
  LeakyRelu,
  Log,
  Pow,
  Reciprocal,
  Relu,
  Round,
  scope,
  Sigmoid,
  Sign,
  Silu,
  SiluGrad,
  Softplus,
  SoftplusGrad,
  Sqrt,
  Tanh,
  tensor,
  js,
} from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { createWasmBackend } from '../index.ts';

const backends = [await createWasmBackend(), await createWasmBackend({ relaxed: false })];
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Size of the last place of a float32 near a value. */
function ulp(value: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(value) || 2 ** -126)));
  return 2 ** (exponent - 23);
}

/** Numbers over a range, both spread evenly and near 0. */
function numbers(low: number, high: number): Float32Array {
  const count = 20001;
  return Float32Array.from({ length: 2 * count }, (_, i) => {
    const share = (i % count) / (count - 1);
    const even = low + (high - low) * share;
    return i < count ? even : Math.max(low, Math.sign(even || 1) * 10 ** (-30 * share) * Math.min(1, Math.abs(high)));
  });
}

const exactErf = (x: number): number =>
  scope(() => apply(Erf, [tensor([x], { dtype: 'float64', backend: js })], undefined).item());

describe.each(backends)('$variant', (backend) => {
  const compute = (op: AnyOp, inputs: readonly Float32Array[], attrs?: unknown): Float32Array =>
    scope(
      () =>
        apply(
          op,
          inputs.map((values) => tensor(values, { backend })),
          attrs,
        ).arraySync() as Float32Array,
    );

  // What the docstrings of assembly/math.ts promise.
  test.each<[AnyOp, (x: number) => number, number, number, number]>([
    [Exp, Math.exp, -104, 88.7, 2],
    [Log, Math.log, 0, 1e30, 2],
    [Tanh, Math.tanh, -20, 20, 2],
    [Erf, exactErf, -6, 6, 2],
    [Sigmoid, (x) => 1 / (1 + Math.exp(-x)), -100, 100, 3],
    [Silu, (x) => x / (1 + Math.exp(-x)), -80, 80, 4],
    [Softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), -80, 80, 4],
    [Sqrt, Math.sqrt, 0, 1e30, 0.5],
    [Reciprocal, (x) => 1 / x, 1e-3, 1e3, 0.5],
  ])('$name is within its ulps', (op, exact, low, high, most) => {
    const x = numbers(low, high);
    const y = compute(op, [x]);
    let [worst, at] = [0, 0];
    for (const [i, v] of x.entries()) {
      const wanted = exact(v);
      const error = Math.abs(y[i]! - wanted) / ulp(wanted);
      if (!(error <= worst) && Math.fround(wanted) !== y[i]) [worst, at] = [error, v];
    }
    expect(worst, `largest error, at ${at}`).toBeLessThanOrEqual(most);
  });

  test.each<[AnyOp, readonly number[], readonly number[], unknown?]>([
    [Exp, [nan, infinity, -infinity, 0, 89, -104, -88], [nan, infinity, 0, 1, infinity, 0, 6.054601895401186e-39]],
    [
      Log,
      [nan, infinity, -1, 0, -0, 1, -infinity, 2 ** -149],
      [nan, infinity, nan, -infinity, -infinity, 0, nan, -103.27893],
    ],
    [Tanh, [nan, infinity, -infinity, -0, 50], [nan, 1, -1, -0, 1]],
    [Erf, [nan, infinity, -infinity, -0, 10], [nan, 1, -1, -0, 1]],
    [Sigmoid, [nan, infinity, -infinity, 0], [nan, 1, 0, 0.5]],
    [Gelu, [nan, infinity, -infinity, 0, 100, -100], [nan, infinity, nan, 0, 100, -0]],
    [Softplus, [nan, infinity, -infinity, 1000], [nan, infinity, 0, 1000]],
    [Relu, [nan, infinity, -infinity, -3, 2], [nan, infinity, 0, 0, 2]],
    [Clip, [nan, infinity, -infinity, -3, 2], [nan, 1, -1, -1, 1], { min: -1, max: 1 }],
    [Clip, [nan, infinity, -infinity, -3], [nan, infinity, -infinity, -3], { min: -infinity, max: infinity }],
    [LeakyRelu, [nan, infinity, -infinity, -2], [nan, infinity, -infinity, -0.5], { alpha: 0.25 }],
    [Elu, [nan, infinity, -infinity, -1e-6, 3, -100], [nan, infinity, -2, -1.999999e-6, 3, -2], { alpha: 2 }],
    [HardSigmoid, [nan, infinity, -infinity, 0], [nan, 1, 0, 0.5], { alpha: 1 / 6, beta: 0.5 }],
    [HardSwish, [nan, 4, -4, 1], [nan, 4, -0, 2 / 3]],
    [Sign, [nan, 3, -2, 0, -0, infinity], [nan, 1, -1, 0, -0, 1]],
    [Round, [0.5, 1.5, 2.5, -0.5, -1.5], [0, 2, 2, -0, -2]],
  ])('$name keeps NaN, infinities and signs', (op, x, expected, attrs) => {
    const y = compute(op, [Float32Array.from(x)], attrs);
    const isNear = (actual: number, wanted: number): boolean =>
      Object.is(actual, wanted) || (wanted !== 0 && Math.abs(actual - wanted) <= 3 * ulp(wanted));
    expect(
      x.flatMap((v, i) => (isNear(y[i]!, expected[i]!) ? [] : [`${op.name}(${v}) = ${y[i]}, not ${expected[i]}`])),
    ).toEqual([]);
  });

  test('gelu and gradients of smooth activations are near for all sizes', () => {
    const x = numbers(-12, 12);
    const ones = new Float32Array(x.length).fill(1);
    for (const [op, inputs] of [
      [Gelu, [x]],
      [GeluGrad, [ones, x]],
      [SiluGrad, [ones, x]],
      [ErfGrad, [ones, x]],
      [SoftplusGrad, [ones, x]],
    ] as const) {
      const actual = compute(op, inputs);
      const exact = scope(() =>
        apply(
          op,
          inputs.map((values) => tensor([...values], { dtype: 'float64', backend: js })),
          undefined,
        ).numbers(),
      );
      const far = exact.flatMap((wanted, i) =>
        Math.abs(actual[i]! - wanted) <= 4e-7 * Math.max(1, Math.abs(wanted))
          ? []
          : [`${op.name}(${x[i]}) = ${actual[i]}, not ${wanted}`],
      );
      expect(far).toEqual([]);
    }
  });

  test('pow follows JavaScript', () => {
    const a = Float32Array.of(2, -2, -2, 0, 0, 1, -1, nan, 9, 1.5, infinity, 1e-3, 4);
    const b = Float32Array.of(10, 3, 0.5, 0, -1, nan, infinity, 0, 0.5, -2.5, -1, 7.25, 2);
    expect([...compute(Pow, [a, b])]).toEqual([...a].map((v, i) => Math.fround(v ** b[i]!)));
  });

  test('a value does not depend on its position', () => {
    for (const op of [Exp, Log, Tanh, Gelu, Softplus] as readonly AnyOp[]) {
      const x = Float32Array.from({ length: 7 }, () => 0.7371);
      expect([op.name, new Set(compute(op, [x])).size]).toEqual([op.name, 1]);
    }
  });
});
