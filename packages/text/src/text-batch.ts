import type { Collate, Labelled, NamedBatch } from '@graft/data';
import { didYouMean } from '@graft/plugin';
import type { HostArray } from '@graft/tensor';
import type { Tokenizer } from './tokenizer.ts';

export interface TextBatchOptions {
  /** The padding token; default: the tokenizer's, otherwise 0. */
  readonly padding?: number;
  /** Maximum number of tokens per text; longer ones are truncated before the last token, which usually marks the end. Default: no limit. */
  readonly maxLength?: number;
  /** Pads every batch to this many tokens, for networks that take no other length; default: the longest text of the batch. Longer texts are truncated. */
  readonly length?: number;
  /** The inputs' dtype; default int64. */
  readonly dtype?: 'int64' | 'int32';
  /**
   * The network's inputs, from `input_ids`, `attention_mask` and `token_type_ids`; an imported network lists its own as `model.inputs`.
   * Default: the first two, and the third if the tokenizer has segments.
   */
  readonly inputs?: readonly string[];
}

const known = ['input_ids', 'attention_mask', 'token_type_ids'];

/**
 * Collates texts into batches, tokenized, truncated and padded at the end to the longest of the batch: `input_ids`, `attention_mask` (1 for tokens,
 * 0 for padding) and `token_type_ids`, each [samples, length].
 * @throws if `maxLength` or `length` is not a positive integer, or an input is unknown
 */
export function textBatch(
  tokenizer: Pick<Tokenizer, 'encode' | 'tokenTypes' | 'padding'>,
  {
    padding = tokenizer.padding ?? 0,
    maxLength = Infinity,
    length: fixed,
    dtype = 'int64',
    inputs: names = tokenizer.tokenTypes ? known : known.slice(0, 2),
  }: TextBatchOptions = {},
): Collate<Labelled<string>, NamedBatch> {
  if (!(maxLength >= 1 && (maxLength === Infinity || Number.isInteger(maxLength))))
    throw new Error(`textBatch expects a maxLength of at least 1, got ${maxLength}.`);
  if (fixed !== undefined && !(fixed >= 1 && Number.isInteger(fixed)))
    throw new Error(`textBatch expects a length of at least 1, got ${fixed}.`);
  const most = Math.min(maxLength, fixed ?? Infinity);
  for (const name of names)
    if (!known.includes(name))
      throw new Error(`textBatch has no input "${name}", only ${known.join(', ')}.${didYouMean(name, known)}`);
  return (samples, indices) => {
    const texts = samples.map(({ input }) => truncated(tokenizer.encode(input), most));
    const length = fixed ?? texts.reduce((longest, text) => Math.max(longest, text.length), 1);
    const shape = [samples.length, length];
    const padded = (rows: readonly (readonly number[])[], fill: number): HostArray => {
      const size = samples.length * length;
      if (dtype === 'int32') {
        const data = new Int32Array(size).fill(fill);
        for (const [n, row] of rows.entries()) data.set(row, n * length);
        return { shape, dtype, data };
      }
      const data = new BigInt64Array(size).fill(BigInt(fill));
      for (const [n, row] of rows.entries()) data.set(row.map(BigInt), n * length);
      return { shape, dtype, data };
    };
    const make: Readonly<Record<string, () => HostArray>> = {
      input_ids: () => padded(texts, padding),
      attention_mask: () =>
        padded(
          texts.map((text) => text.map(() => 1)),
          0,
        ),
      token_type_ids: () =>
        padded(
          samples.map(({ input }) => truncated(tokenizer.tokenTypes?.(input) ?? [], most)),
          0,
        ),
    };
    return {
      inputs: Object.fromEntries(names.map((name) => [name, make[name]!()])),
      labels: Int32Array.from(samples, ({ label }) => label),
      indices,
    };
  };
}

const truncated = (ids: readonly number[], most: number): readonly number[] =>
  ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)!];
