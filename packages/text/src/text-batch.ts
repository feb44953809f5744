import type { Collate, Labelled } from '@graft/data';
import type { Tokenizer } from './tokenizer.ts';

/** Texts put together: [samples, length], the longest one's. */
export interface TextBatch {
  /** Tokens' numbers, padded at the end. */
  readonly ids: Int32Array;
  /** The attention mask: 1 where there is a token, 0 where there is padding. */
  readonly mask: Int32Array;
  readonly shape: readonly [samples: number, length: number];
  readonly labels: Int32Array;
  /** The number of each sample in the loader's dataset. */
  readonly indices: readonly number[];
}

export interface TextBatchOptions {
  /** The number that fills up shorter texts; 0 unless told. */
  readonly padding?: number;
  /** The most tokens of a text; longer ones lose what comes before the last token, which often closes a text. All unless told. */
  readonly maxLength?: number;
}

/**
 * Batches of texts, tokenized, truncated and padded to the longest of the batch.
 * @throws where `maxLength` is no whole number of 1 or more
 */
export function textBatch(
  tokenizer: Pick<Tokenizer, 'encode'>,
  { padding = 0, maxLength = Infinity }: TextBatchOptions = {},
): Collate<Labelled<string>, TextBatch> {
  if (!(maxLength >= 1 && (maxLength === Infinity || Number.isInteger(maxLength))))
    throw new Error(`textBatch wants a maxLength of 1 token or more, got ${maxLength}.`);
  return (samples, indices) => {
    const texts = samples.map(({ input }) => truncated(tokenizer.encode(input), maxLength));
    const length = texts.reduce((most, text) => Math.max(most, text.length), 1);
    const ids = new Int32Array(samples.length * length).fill(padding);
    const mask = new Int32Array(samples.length * length);
    for (const [n, text] of texts.entries()) {
      ids.set(text, n * length);
      mask.fill(1, n * length, n * length + text.length);
    }
    return {
      ids,
      mask,
      shape: [samples.length, length],
      labels: Int32Array.from(samples, ({ label }) => label),
      indices,
    };
  };
}

const truncated = (ids: readonly number[], most: number): readonly number[] =>
  ids.length <= most ? ids : [...ids.slice(0, most - 1), ids.at(-1)!];
