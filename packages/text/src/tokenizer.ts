import { Tokenizer as Engine } from '@huggingface/tokenizers';

/** The types a file may declare; older files do not, and are recognised by their fields. */
const models = ['WordPiece', 'BPE', 'Unigram'];

/** Converts texts to token numbers and back. */
export interface Tokenizer {
  /** Size of the vocabulary. */
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
 * @param json the file's content
 * @throws if the content is not a supported tokenizer
 */
export function createTokenizer(json: string): Tokenizer {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(`This is not a tokenizer.json: ${why}. Use the file published with the network's weights.`, {
      cause,
    });
  };
  let description: {
    model?: { type?: unknown; vocab?: unknown };
    post_processor?: unknown;
    padding?: { pad_id?: unknown } | null;
    truncation?: { max_length?: unknown } | null;
  } | null;
  try {
    description = JSON.parse(json) as typeof description;
  } catch (error) {
    return refuse('it is not JSON', error);
  }
  if (typeof description?.model?.vocab !== 'object' || description.model.vocab === null)
    return refuse('it has no "model" with a "vocab"');
  const { type } = description.model;
  if (type !== undefined && !models.includes(type as string))
    return refuse(`its model is ${JSON.stringify(type)}, and only ${models.join(', ')} are supported`);
  let engine: Engine;
  try {
    engine = new Engine(description, {});
  } catch (error) {
    return refuse((error as Error).message.replace(/\.$/, ''), error);
  }
  const idOf = (token: string): number | undefined => engine.token_to_id(token);
  return {
    size: engine.get_vocab(true).size,
    padding: integer(description.padding?.pad_id, 0) ?? idOf('[PAD]') ?? idOf('<pad>'),
    maxLength: integer(description.truncation?.max_length, 1),
    encode: (text) => engine.encode(text).ids,
    ...(hasSegments(description.post_processor) && {
      tokenTypes: (text: string) => engine.encode(text, { return_token_type_ids: true }).token_type_ids,
    }),
    decode: (ids) => engine.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    idOf,
  };
}

const integer = (value: unknown, least: number): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : undefined;

/** Whether a tokenizer.json distinguishes two segments, like BERT's: its post-processor is BERT's, or a template with a segment other than 0. */
function hasSegments(processor: unknown): boolean {
  if (typeof processor !== 'object' || processor === null) return false;
  const { type, processors } = processor as { readonly type?: unknown; readonly processors?: unknown };
  if (type === 'BertProcessing') return true;
  if (type === 'Sequence') return Array.isArray(processors) && processors.some(hasSegments);
  return type === 'TemplateProcessing' && /"type_id":[1-9]/.test(JSON.stringify(processor));
}
