import { expect, test } from 'vitest';
import { einsum, matmul, Random, sum, tensor, type Tensor, transpose } from '../index.ts';
import { checkGradient, expectClose } from '../testing/index.ts';

const random = new Random(4);
const noise = (...shape: number[]): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    { shape },
  );
const [a, b, v] = [noise(2, 3), noise(3, 4), noise(3)];

test('agrees with other ops', () => {
  expectClose(einsum('ij,jk->ki', a, b).numbers(), transpose(matmul(a, b)).numbers(), 1e-14);
  expectClose(einsum('ij,jk', a, b).numbers(), matmul(a, b).numbers(), 1e-14);
  expectClose(einsum('...j->...', a).numbers(), sum(a, 1).numbers(), 1e-14);
  expectClose(einsum('ij,j,jk->', a, v, b).numbers(), [sum(matmul(einsum('ij,j->ij', a, v), b)).item()], 1e-13);
  expect(
    einsum(
      'ii->i',
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ).numbers(),
  ).toEqual([1, 4]);
});
test('gradients flow to every input', () => checkGradient((x, y, z) => einsum('ij,j,jk->ki', x, y, z), [a, v, b]));
test('an invalid equation is rejected', () => {
  expect(() => einsum('ij,k', a)).toThrow(
    'einsum expects a term of letters for each of its inputs, got "ij,k" for [2, 3].',
  );
  expect(() => einsum('ij,ij->ij', a, b)).toThrow(
    'einsum expects one length per letter, but "i" is 2 in one term and 3 in another.',
  );
  expect(() => einsum('ij->ik', a)).toThrow(
    'einsum expects output letters to occur in its inputs, each once, got "k" in "ik".',
  );
});
