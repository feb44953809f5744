import { add, matmul, mul, reshape, sum, type Tensor, transpose } from '@graft/tensor';
import { type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** alpha · A′ · B′ + beta · C */
function gemm(a: Tensor, b: Tensor, c: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const product = matmul(a, b, attributes.int('transA', 0) === 1, attributes.int('transB', 0) === 1);
  const scaled = alpha === 1 ? product : mul(product, alpha);
  if (!c) return scaled;
  return add(scaled, beta === 1 ? c : mul(c, beta));
}

/** Sums of products, written with a letter an axis: "bhid,bhjd->bhij". */
function einsum(equation: string, inputs: readonly Tensor[]): Tensor {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  if (terms.length !== inputs.length || /[^a-zA-Z]/.test(terms.join(''))) throw new Error(`the equation "${equation}" is not supported for ${inputs.length} inputs.`);
  for (const term of terms) if (new Set(term).size !== term.length) throw new Error(`the equation "${equation}" takes a diagonal, which is not supported.`);
  const letters = Array.from(new Set(terms.join('')));
  const wanted = right ?? letters.filter((letter) => terms.join('').split(letter).length === 2).sort().join('');
  let [term, result] = [terms[0]!, inputs[0]!];
  for (let i = 1; i < terms.length; i++) {
    const later = wanted + terms.slice(i + 1).join('');
    [term, result] = contract(term, result, terms[i]!, inputs[i]!, (letter) => later.includes(letter));
  }
  const gone = Array.from(term).flatMap((letter, i) => (wanted.includes(letter) ? [] : [i]));
  const summed = gone.length ? sum(result, gone) : result;
  const order = Array.from(term).filter((letter) => wanted.includes(letter));
  return transpose(summed, Array.from(wanted).map((letter) => order.indexOf(letter)));
}

/** One product of matrices: letters of both that are wanted later are batches, the other shared ones are summed over. */
function contract(ta: string, a: Tensor, tb: string, b: Tensor, kept: (letter: string) => boolean): [term: string, result: Tensor] {
  const shared = Array.from(ta).filter((letter) => tb.includes(letter));
  const batch = shared.filter(kept);
  const inner = shared.filter((letter) => !kept(letter));
  const rows = Array.from(ta).filter((letter) => !tb.includes(letter));
  const columns = Array.from(tb).filter((letter) => !ta.includes(letter));
  const size = (letter: string): number => (ta.includes(letter) ? a.shape[ta.indexOf(letter)]! : b.shape[tb.indexOf(letter)]!);
  const product = (list: readonly string[]): number => list.reduce((count, letter) => count * size(letter), 1);
  const arranged = (x: Tensor, term: string, order: readonly string[], shape: readonly number[]): Tensor => reshape(transpose(x, order.map((letter) => term.indexOf(letter))), shape);
  const y = matmul(
    arranged(a, ta, [...batch, ...rows, ...inner], [product(batch), product(rows), product(inner)]),
    arranged(b, tb, [...batch, ...inner, ...columns], [product(batch), product(inner), product(columns)]),
  );
  const letters = [...batch, ...rows, ...columns];
  return [letters.join(''), reshape(y, letters.map(size))];
}

export const matmulOperators: readonly OnnxOperator[] = [
  operator('MatMul', 1, ([a, b]) => matmul(a!, b!), { inputs: 2 }),
  operator('Gemm', 1, ([a, b, c], node) => gemm(a!, b!, c, node), { inputs: [2, 3] }),
  operator('Einsum', 12, (inputs, { attributes }) => einsum(attributes.string('equation'), inputs as Tensor[]), { inputs: [1, Number.POSITIVE_INFINITY] }),
];
