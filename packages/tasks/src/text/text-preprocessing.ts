import type { TransformConfig } from '@graft/data';

/** Everything needed to feed an exported network of texts, beside its tokenizer. */
export interface TextPreprocessing {
  /** Maximum number of tokens; longer texts are truncated. */
  readonly maxLength: number;
  /** Whether every text is padded to `maxLength`, because the network takes one length. */
  readonly fixed: boolean;
  readonly padding: number;
  /** The tokenizer by name with its options; default: the `tokenizer.json` that travels with the model. */
  readonly tokenizer?: TransformConfig;
}

/** Maximum number of tokens that a network may take. */
export const mostTokens = 8192;

/** Whether a value from a file describes how texts are fed. */
export function isTextPreprocessing(value: unknown): value is TextPreprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { maxLength, fixed, padding, tokenizer } = value as Partial<TextPreprocessing>;
  return (
    Number.isInteger(maxLength) &&
    maxLength! >= 1 &&
    maxLength! <= mostTokens &&
    typeof fixed === 'boolean' &&
    Number.isSafeInteger(padding) &&
    padding! >= 0 &&
    (tokenizer === undefined ||
      typeof tokenizer === 'string' ||
      (typeof tokenizer === 'object' && typeof (tokenizer as { name?: unknown } | null)?.name === 'string'))
  );
}
