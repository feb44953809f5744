import { broadcastShapes, expand, integers, type Shape, type Tensor, tensor } from '@graft/tensor';
import { kindOf, textsIn, textsOf } from '../collections.ts';
import { checkListed, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { fullMatcher } from '../regular-expression.ts';

/** Removes stop words and changes case. If nothing is left, returns one empty text. */
function normalized(x: Tensor, { attributes }: OperatorNode): Tensor {
  const action = attributes.string('case_change_action', 'NONE');
  const sensitive = attributes.int('is_case_sensitive', 0) === 1;
  const plain = (text: string): string => (sensitive ? text : text.toLowerCase());
  const stops = new Set(attributes.strings('stopwords', []).map(plain));
  const kept = textsIn(x)
    .filter((text) => !stops.has(plain(text)))
    .map((text) => (action === 'LOWER' ? text.toLowerCase() : action === 'UPPER' ? text.toUpperCase() : text));
  const all = kept.length ? kept : [''];
  return textsOf(all, x.rank === 2 ? [1, all.length] : [all.length]);
}

/** Maximum number of words in all n-grams of a text that are looked up. */
const mostWords = 2 ** 22;

/** Counts the known n-grams of each row, with skips between words allowed. */
function counted(x: Tensor, { attributes }: OperatorNode): Tensor {
  const words: readonly (string | number)[] = kindOf(x) === 'texts' ? textsIn(x) : numbersOf(x, 'input');
  const pool: readonly (string | number)[] = attributes.has('pool_strings')
    ? attributes.strings('pool_strings')
    : attributes.ints('pool_int64s');
  const starts = attributes.ints('ngram_counts');
  const targets = attributes.ints('ngram_indexes');
  const weights = attributes.floats('weights', undefined);
  const [least, most, skips] = [
    attributes.int('min_gram_length'),
    attributes.int('max_gram_length'),
    attributes.int('max_skip_count'),
  ];
  if (starts.some((start) => start < 0 || start > pool.length) || targets.some((target) => target < 0))
    throw new Error(`its ngram_counts [${starts}] and ngram_indexes must lie within its pool of ${pool.length}.`);
  // The pool holds single words first, then pairs, etc.; n-grams are numbered in order.
  const known = new Map<string, number>();
  starts.forEach((start, n) => {
    const end = starts[n + 1] ?? pool.length;
    for (let at = start; at + n < end; at += n + 1) known.set(JSON.stringify(pool.slice(at, at + n + 1)), known.size);
  });
  const size = targets.reduce((most, target) => Math.max(most, target), -1) + 1;
  const [rows, columns] = x.rank === 2 ? [x.shape[0]!, x.shape[1]!] : [1, x.size];
  checkListed([rows, size]);
  const out = new Array<number>(rows * size).fill(0);
  let looked = 0;
  for (let row = 0; row < rows; row++)
    for (let n = Math.max(1, least); n <= Math.min(most, columns); n++)
      for (let skip = 0; skip <= (n === 1 ? 0 : Math.min(skips, columns)); skip++)
        for (let at = 0; at + (n - 1) * (skip + 1) < columns; at++) {
          if ((looked += n) > mostWords)
            throw new Error(
              `its n-grams of ${least} to ${most} words with ${skips} skips are too many for ${rows * columns} words.`,
            );
          const found = known.get(
            JSON.stringify(Array.from({ length: n }, (_, i) => words[row * columns + at + i * (skip + 1)])),
          );
          if (found !== undefined) out[row * size + targets[found]!]! += 1;
        }
  const mode = attributes.string('mode');
  const firsts = new Map(targets.map((target, i) => [target, i] as const).toReversed());
  const weigh = (count: number, target: number): number => {
    const weight = weights?.[firsts.get(target) ?? -1] ?? 1;
    return mode === 'TF' ? count : mode === 'IDF' ? (count > 0 ? weight : 0) : count * weight;
  };
  return tensor(
    out.map((count, i) => weigh(count, i % size)),
    { shape: x.rank === 2 ? [rows, size] : [size] },
  );
}

/** The texts of a tensor, broadcast to a shape. */
export function spreadTexts(x: Tensor, shape: Shape): readonly string[] {
  const texts = textsIn(x);
  // Indices are broadcast instead of the texts.
  return expand(integers([...texts.keys()], x.shape), shape)
    .numbers()
    .map((i) => texts[i]!);
}

/** Concatenates texts elementwise, with NumPy's broadcasting. */
function joined(a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(a.shape, b.shape);
  checkListed(shape);
  const [left, right] = [spreadTexts(a, shape), spreadTexts(b, shape)];
  const length = left.reduce((sum, text, i) => sum + text.length + right[i]!.length, 0);
  if (length > longest) throw new Error(`the result would have ${length} characters.`);
  return textsOf(
    left.map((text, i) => text + right[i]!),
    shape,
  );
}

/** Total number of characters of all texts. */
const longest = 2 ** 28;

/** Splits texts at a delimiter (default: whitespace), at most a given number of times. Rows are padded with empty texts. Outputs: parts, number of parts of each. */
function splitTexts(x: Tensor, { attributes }: OperatorNode): Tensor[] {
  const delimiter = attributes.string('delimiter', '');
  const given = attributes.int('maxsplit', -1);
  const most = given < 0 ? Number.MAX_SAFE_INTEGER : given;
  const rows = textsIn(x).map((text) => (delimiter ? cut(text, delimiter, most) : words(text, most)));
  const width = rows.reduce((longest, { length }) => Math.max(longest, length), 0);
  const shape = checkListed([...x.shape, width]);
  return [
    textsOf(
      rows.flatMap((row) => [...row, ...Array<string>(width - row.length).fill('')]),
      shape,
    ),
    integers(
      rows.map(({ length }) => length),
      x.shape,
    ),
  ];
}

function cut(text: string, delimiter: string, most: number): string[] {
  const parts = text.split(delimiter);
  return parts.length > most + 1 ? [...parts.slice(0, most), parts.slice(most).join(delimiter)] : parts;
}
/** As in Python's split(), the rest keeps its inner spaces. */
function words(text: string, most: number): string[] {
  const found = [...text.matchAll(/\S+/g)];
  const rest = found[most];
  return rest ? [...found.slice(0, most).map(([word]) => word), text.slice(rest.index)] : found.map(([word]) => word);
}

/** Whether each text as a whole matches a pattern. */
function matched(x: Tensor, { attributes }: OperatorNode): Tensor {
  const matches = fullMatcher(attributes.string('pattern'));
  return tensor(
    textsIn(x).map((text) => Number(matches(text))),
    { shape: x.shape, dtype: 'bool' },
  );
}

export const textOperators: readonly OnnxOperator[] = [
  operator('StringNormalizer', 10, ([x], node) => normalized(x!, node)),
  operator('StringConcat', 20, ([a, b]) => joined(a!, b!), { inputs: 2 }),
  operator('StringSplit', 20, ([x], node) => splitTexts(x!, node)),
  operator('RegexFullMatch', 20, ([x], node) => matched(x!, node)),
  operator('TfIdfVectorizer', 9, ([x], node) => counted(x!, node)),
];
