import { integers } from '../create.ts';
import { showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { gather } from './indexing.ts';
import { matmul } from './matmul.ts';
import { reshape, transpose } from './movement.ts';
import { sum } from './reduction.ts';

const firstUnwritten = 0x4e00;

/**
 * Sums of products, written with one letter per axis: "bhid,bhjd->bhij". "..." stands for axes without a letter. A letter that appears twice
 * in a term takes the diagonal. Without "->" the letters that appear once are kept, in alphabetical order.
 * @throws if the equation does not match the inputs
 */
export function einsum(equation: string, ...inputs: readonly Tensor[]): Tensor {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const dotted = left.split(',');
  // Dots stand for dimensions without a letter: give them letters that equations do not use.
  const dots = Math.max(
    0,
    ...dotted.map((term, i) => (term.includes('...') ? (inputs[i]?.rank ?? 0) - (term.length - 3) : 0)),
  );
  const names = Array.from({ length: dots }, (_, i) => String.fromCodePoint(firstUnwritten + i)).join('');
  const spelled = dotted.map((term, i) =>
    term.replace('...', names.slice(dots - Math.max(0, (inputs[i]?.rank ?? 0) - (term.length - 3)))),
  );
  if (
    spelled.length !== inputs.length ||
    spelled.some((term, i) => term.length !== inputs[i]!.rank || /[^a-zA-Z\u4e00-\u9fff]/.test(term))
  )
    throw new Error(
      `einsum expects a term of letters for each of its inputs, got "${equation}" for ${inputs.map((x) => showShape(x.shape)).join(', ')}.`,
    );
  const single = spelled.map((term, i) => diagonal(term, inputs[i]!));
  const terms = single.map(([term]) => term);
  const values = single.map(([, value]) => value);
  const letters = Array.from(new Set(terms.join('')));
  const wanted =
    right?.replace('...', names) ??
    names +
      letters
        .filter((letter) => !names.includes(letter))
        .filter((letter) => spelled.join('').split(letter).length === 2)
        .sort()
        .join('');
  checkLetters(wanted, terms, values);
  let [term, result] = [terms[0]!, values[0]!];
  for (let i = 1; i < terms.length; i++) {
    const later = wanted + terms.slice(i + 1).join('');
    [term, result] = contract(term, result, terms[i]!, values[i]!, (letter) => later.includes(letter));
  }
  const gone = Array.from(term).flatMap((letter, i) => (wanted.includes(letter) ? [] : [i]));
  const summed = gone.length ? sum(result, gone) : result;
  const order = Array.from(term).filter((letter) => wanted.includes(letter));
  return transpose(
    summed,
    Array.from(wanted).map((letter) => order.indexOf(letter)),
  );
}

/** @throws if a letter has two lengths, or appears twice or only in the output */
function checkLetters(wanted: string, terms: readonly string[], values: readonly Tensor[]): void {
  const lengths = new Map<string, number>();
  for (const [i, term] of terms.entries())
    for (const [axis, letter] of Array.from(term).entries()) {
      const [known, own] = [lengths.get(letter), values[i]!.shape[axis]!];
      if (known !== undefined && known !== own)
        throw new Error(
          `einsum expects one length per letter, but "${letter}" is ${known} in one term and ${own} in another.`,
        );
      lengths.set(letter, own);
    }
  const wrong = Array.from(wanted).find((letter, i) => !lengths.has(letter) || wanted.indexOf(letter) !== i);
  if (wrong !== undefined)
    throw new Error(`einsum expects output letters to occur in its inputs, each once, got "${wrong}" in "${wanted}".`);
}

/** A matrix product: shared letters that are needed later are batch dimensions, the others are summed over. */
function contract(
  ta: string,
  a: Tensor,
  tb: string,
  b: Tensor,
  kept: (letter: string) => boolean,
): [term: string, result: Tensor] {
  const shared = Array.from(ta).filter((letter) => tb.includes(letter));
  const batch = shared.filter(kept);
  const inner = shared.filter((letter) => !kept(letter));
  const rows = Array.from(ta).filter((letter) => !tb.includes(letter));
  const columns = Array.from(tb).filter((letter) => !ta.includes(letter));
  const size = (letter: string): number =>
    ta.includes(letter) ? a.shape[ta.indexOf(letter)]! : b.shape[tb.indexOf(letter)]!;
  const product = (list: readonly string[]): number => list.reduce((count, letter) => count * size(letter), 1);
  const arranged = (x: Tensor, term: string, order: readonly string[], shape: readonly number[]): Tensor =>
    reshape(
      transpose(
        x,
        order.map((letter) => term.indexOf(letter)),
      ),
      shape,
    );
  const y = matmul(
    arranged(a, ta, [...batch, ...rows, ...inner], [product(batch), product(rows), product(inner)]),
    arranged(b, tb, [...batch, ...inner, ...columns], [product(batch), product(inner), product(columns)]),
  );
  const letters = [...batch, ...rows, ...columns];
  return [letters.join(''), reshape(y, letters.map(size))];
}

/** Takes the diagonal of a repeated letter, which then appears once. */
function diagonal(term: string, x: Tensor): [term: string, value: Tensor] {
  const twice = Array.from(term).findIndex((letter, i) => term.indexOf(letter) !== i);
  if (twice < 0) return [term, x];
  const first = term.indexOf(term[twice]!);
  const length = x.shape[first]!;
  if (length !== x.shape[twice])
    throw new Error(
      `einsum expects one length per letter, but "${term[twice]}" is ${length} in one place and ${x.shape[twice]} in another.`,
    );
  const others = x.shape.map((_, i) => i).filter((i) => i !== first && i !== twice);
  const flat = reshape(transpose(x, [...others, first, twice]), [...others.map((i) => x.shape[i]!), length * length]);
  return diagonal(
    others.map((i) => term[i]).join('') + term[first],
    gather(flat, integers(Array.from({ length }, (_, i) => i * (length + 1))), others.length),
  );
}
