import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  add,
  cholesky,
  det,
  inverse,
  matmul,
  matrixTranspose,
  mul,
  qr,
  Random,
  type Shape,
  solve,
  sum,
  svd,
  type Tensor,
  tensor,
  tril,
  triu,
  valueAndGrad,
} from '../index.ts';
import { checkGradient, expectClose } from '../testing/index.ts';

interface Numbers {
  readonly shape: Shape;
  readonly values: number[];
}
interface Case {
  readonly op: string;
  readonly inputs: readonly Numbers[];
  readonly outputs: readonly Numbers[];
  readonly gradients: readonly number[][];
}
const { cases } = JSON.parse(readFileSync(new URL('./linalg.golden.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const ops: Readonly<Record<string, (...inputs: Tensor[]) => Tensor[]>> = {
  cholesky: (x) => [cholesky(x!)],
  solve: (a, b) => [solve(a!, b!)],
  inverse: (x) => [inverse(x!)],
  det: (x) => [det(x!)],
  qr: (x) => Object.values(qr(x!)),
  svd: (x) => {
    const { u, s, vt } = svd(x!);
    return [s, matmul(u, vt)];
  },
};

test.each(
  cases.map((one) => ({ ...one, title: `${one.op} of ${one.inputs.map(({ shape }) => `[${shape}]`).join(' and ')}` })),
)('$title matches PyTorch, and so does its gradient', ({ op, inputs, outputs, gradients }) => {
  const xs = inputs.map(({ shape, values }) => tensor(values, { shape, dtype: 'float64' }));
  const ys = ops[op]!(...xs);
  expect(ys.map(({ shape }) => shape)).toEqual(outputs.map(({ shape }) => shape));
  ys.forEach((y, i) => expectClose(y.numbers(), outputs[i]!.values, 1e-7));
  const weigh = (y: Tensor): Tensor =>
    sum(
      mul(
        y,
        tensor(
          Array.from({ length: y.size }, (_, i) => 0.3 * (i + 1)),
          { shape: y.shape, dtype: 'float64' },
        ),
      ),
    );
  const { grads } = valueAndGrad(
    () =>
      ops[op]!(...xs)
        .map(weigh)
        .reduce((a, b) => add(a, b)),
    xs,
  );
  grads.forEach((gradient, i) => expectClose(gradient.numbers(), gradients[i]!, 1e-6));
});

const random = new Random(11);
const noise = (...shape: number[]): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    { shape },
  );
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
/** Matrices of every kind: tall, wide, of one column, in batches, with columns that depend on others, of zeros, huge, tiny. */
const matrices: Record<string, Tensor> = {
  tall: noise(7, 3),
  wide: noise(3, 8),
  square: noise(6, 6),
  column: noise(5, 1),
  row: noise(1, 4),
  large: noise(40, 30),
  'rank one': matmul(noise(5, 1), noise(1, 4)),
  'a zero column': mul(noise(4, 3), tensor([1, 0, 1], { dtype: 'float64' })),
  zeros: mul(noise(3, 2), 0),
  huge: mul(noise(3, 3), 1e300),
  tiny: mul(noise(3, 3), 1e-300),
  equal: tensor(identity(4), { shape: [4, 4], dtype: 'float64' }),
};

test.each(Object.entries(matrices))('Q · R = A, QᵀQ = I and R is a triangle: %s', (_, a) => {
  const { q, r } = qr(a);
  const scale = Math.max(...a.numbers().map(Math.abs)) || 1;
  expectClose(mul(matmul(q, r), 1 / scale).numbers(), mul(a, 1 / scale).numbers(), 1e-13);
  expectClose(matmul(q, q, true).numbers(), identity(q.shape[1]!), 1e-13);
  expect(triu(r).numbers()).toEqual(r.numbers());
});
test.each(Object.entries(matrices))('U · diag(s) · Vᵀ = A with orthonormal U and V and values in order: %s', (_, a) => {
  const { u, s, vt } = svd(a);
  const scale = Math.max(...a.numbers().map(Math.abs)) || 1;
  expectClose(matmul(mul(u, mul(s, 1 / scale)), vt).numbers(), mul(a, 1 / scale).numbers(), 1e-13);
  for (const product of [matmul(u, u, true), matmul(vt, vt, false, true)])
    expectClose(product.numbers(), identity(s.size), 1e-13);
  expect(s.numbers()).toEqual(s.numbers().toSorted((x, y) => y - x));
  expect(Math.min(...s.numbers())).toBeGreaterThanOrEqual(0);
});
test('L · Lᵀ = A, A · A⁻¹ = I and det(A) = Π s up to its sign', () => {
  const [a, half] = [noise(3, 5, 5), noise(2, 4, 6)];
  const definite = matmul(half, half, false, true);
  const l = cholesky(definite);
  expectClose(matmul(l, l, false, true).numbers(), definite.numbers(), 1e-12);
  expect(tril(l).numbers()).toEqual(l.numbers());
  expectClose(
    matmul(a, inverse(a)).numbers(),
    [0, 1, 2].flatMap(() => identity(5)),
    1e-11,
  );
  expectClose(
    det(a).numbers().map(Math.abs),
    [0, 1, 2].map((i) =>
      svd(a)
        .s.numbers()
        .slice(5 * i, 5 * i + 5)
        .reduce((x, y) => x * y),
    ),
    1e-12,
  );
});
test('float32 in, float32 out, computed in double precision between', () => {
  const hilbert = tensor(
    Array.from({ length: 16 }, (_, i) => 1 / (1 + Math.floor(i / 4) + (i % 4))),
    { shape: [4, 4] },
  );
  const { s } = svd(hilbert);
  expect(s.dtype).toBe('float32');
  expectClose(matmul(hilbert, inverse(hilbert)).numbers(), identity(4), 2e-3); // its condition number is 15,514
});
test('singular values have gradients where they are equal, and determinants where they are 0', () => {
  const twice = tensor(
    [
      [2, 0, 0],
      [0, 2, 0],
      [0, 0, 1],
    ],
    { dtype: 'float64' },
  );
  expectClose(valueAndGrad(() => sum(svd(twice).s), [twice]).grads[0]!.numbers(), identity(3), 1e-12);
  checkGradient(
    (x) => det(x),
    [
      tensor(
        [
          [1, 2],
          [2, 4],
        ],
        { dtype: 'float64' },
      ),
    ],
  );
});
test('problems without a solution are rejected', () => {
  const singular = tensor([
    [1, 2],
    [2, 4],
  ]);
  expect(() => inverse(singular)).toThrow(
    'solve and inverse expect non-singular matrices, but column 1 depends on the ones before it. Add a small multiple of the identity, or use svd().',
  );
  expect(() =>
    cholesky(
      tensor([
        [
          [1, 0],
          [0, 1],
        ],
        [
          [1, 2],
          [2, 1],
        ],
      ]),
    ),
  ).toThrow(
    'cholesky expects positive definite matrices, but pivot 1 of matrix 1 is -3. Add a small multiple of the identity.',
  );
  expect(() => svd(tensor([[1, Number.NaN]]))).toThrow('svd expects finite numbers, got NaN.');
  expect(() => det(tensor([[1, 2, 3]]))).toThrow('det expects square matrices [..., n, n], got [1, 3].');
  expect(() => inverse(tensor([[1]], { dtype: 'int32' }))).toThrow(
    'inverse expects floating-point numbers, got int32. Convert them with cast().',
  );
  expect(() => solve(singular, tensor([1, 2, 3]))).toThrow(
    'solve expects as many right-hand rows as equations, got [2, 2] and [3, 1].',
  );
  expect(() => valueAndGrad(() => sum(qr(singular).r), [singular])).toThrow('non-singular');
  expect(
    matrixTranspose(
      tensor([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ).numbers(),
  ).toEqual([1, 3, 2, 4]);
});
