import { oneLine } from '@graft/plugin';
import { Tokenizer as Engine } from '@huggingface/tokenizers';
import { checkTokenizerJson, type TokenizerJson } from './tokenizer-json.ts';

/** Converts texts to token numbers and back. */
export interface Tokenizer {
  /** Size of the vocabulary: one more than the largest token number. */
  readonly size: number;
  /** The padding token, if the tokenizer has one. */
  readonly padding?: number | undefined;
  /** Maximum number of tokens that the network was trained with, if the tokenizer specifies it. */
  readonly maxLength?: number | undefined;
  /** Encodes a text, including the special tokens that the network expects around it ([CLS], [SEP] …). */
  encode(text: string): number[];
  /** The segment of each token, for networks that take `token_type_ids`; undefined if the tokenizer has no segments. */
  readonly tokenTypes?: (text: string) => number[];
  /** Decodes tokens to text, without special tokens. */
  decode(ids: readonly number[]): string;
  /** The number of a token, or undefined if it is not in the vocabulary. */
  idOf(token: string): number | undefined;
}

/**
 * Creates a tokenizer from a `tokenizer.json`: WordPiece, BPE or unigram, with its normalisation.
 * @param content the file's content
 * @throws if the content is not a supported tokenizer; the error names the field
 */
export function createTokenizer(content: string): Tokenizer {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(`This is not a tokenizer.json: ${why}. Use the file published with the network's weights.`, {
      cause,
    });
  };
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    return refuse('it is not JSON', error);
  }
  let description: TokenizerJson;
  let engine: Engine;
  try {
    description = checkTokenizerJson(json);
    engine = new Engine(description, {});
  } catch (error) {
    return refuse(oneLine((error as Error).message.replace(/\.$/, ''), 400), error);
  }
  const idOf = (token: string): number | undefined => engine.token_to_id(token);
  const encode = (text: string): number[] => {
    const { ids, tokens } = engine.encode(text);
    const missing = ids.findIndex((id: unknown) => !Number.isInteger(id));
    if (missing < 0) return ids;
    const token = tokens[missing] ?? text.slice(0, 40);
    throw new Error(
      `The tokenizer has no token number for ${JSON.stringify(oneLine(token, 40))}, and no token for unknown text. Use the tokenizer.json published with the network's weights.`,
    );
  };
  return {
    size: description.size,
    padding: description.padding?.pad_id ?? idOf('[PAD]') ?? idOf('<pad>'),
    maxLength: description.truncation?.max_length || undefined,
    encode,
    ...(hasSegments(description.post_processor) && {
      tokenTypes: (text: string) => engine.encode(text, { return_token_type_ids: true }).token_type_ids,
    }),
    decode: (ids) => engine.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    idOf,
  };
}

/** Whether a tokenizer.json distinguishes two segments, like BERT's: its post-processor is BERT's, or a template with a segment other than 0. */
function hasSegments(processor: unknown): boolean {
  if (typeof processor !== 'object' || processor === null) return false;
  const { type, processors } = processor as { readonly type?: unknown; readonly processors?: unknown };
  if (type === 'BertProcessing') return true;
  if (type === 'Sequence') return Array.isArray(processors) && processors.some(hasSegments);
  return type === 'TemplateProcessing' && /"type_id":[1-9]/.test(JSON.stringify(processor));
}
