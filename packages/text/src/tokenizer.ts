import { Tokenizer as Engine } from '@huggingface/tokenizers';

/** What a file may say; older ones do not, and are told apart by their parts. */
const models = ['WordPiece', 'BPE', 'Unigram'];

/** Turns texts into numbers of a vocabulary, and back. */
export interface Tokenizer {
  /** How many tokens there are. */
  readonly size: number;
  /** The tokens' numbers, with those that the network expects around a text ([CLS], [SEP] …). */
  encode(text: string): number[];
  /** The segment that each of these tokens is in, for networks that take `token_type_ids`; missing where the tokenizer knows of none. */
  readonly tokenTypes?: (text: string) => number[];
  /** The text of tokens, without those around it. */
  decode(ids: readonly number[]): string;
  /** The number of a token, or nothing where it is in no vocabulary. */
  idOf(token: string): number | undefined;
}

/**
 * A tokenizer as a `tokenizer.json` describes it: WordPiece, BPE or unigram, with its normalisation.
 * @param json the file's content
 * @throws where the content is no tokenizer
 */
export function createTokenizer(json: string): Tokenizer {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(
      `This is no tokenizer.json: ${why}. Take the file that was published beside the network's weights.`,
      { cause },
    );
  };
  let description: { model?: { type?: unknown; vocab?: unknown }; post_processor?: unknown } | null;
  try {
    description = JSON.parse(json) as typeof description;
  } catch (error) {
    return refuse('it is not JSON', error);
  }
  if (typeof description?.model?.vocab !== 'object' || description.model.vocab === null)
    return refuse('it has no "model" with a "vocab"');
  const { type } = description.model;
  if (type !== undefined && !models.includes(type as string))
    return refuse(`its model is ${JSON.stringify(type)}, and ${models.join(', ')} can be read`);
  let engine: Engine;
  try {
    engine = new Engine(description, {});
  } catch (error) {
    return refuse((error as Error).message.replace(/\.$/, ''), error);
  }
  return {
    size: engine.get_vocab(true).size,
    encode: (text) => engine.encode(text).ids,
    ...(hasSegments(description.post_processor) && {
      tokenTypes: (text: string) => engine.encode(text, { return_token_type_ids: true }).token_type_ids,
    }),
    decode: (ids) => engine.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    idOf: (token) => engine.token_to_id(token),
  };
}

/** Whether a tokenizer.json tells a first text from a second, as BERT's does: its post-processor is BERT's, or a template with another segment than 0. */
function hasSegments(processor: unknown): boolean {
  if (typeof processor !== 'object' || processor === null) return false;
  const { type, processors } = processor as { readonly type?: unknown; readonly processors?: unknown };
  if (type === 'BertProcessing') return true;
  if (type === 'Sequence') return Array.isArray(processors) && processors.some(hasSegments);
  return type === 'TemplateProcessing' && /"type_id":[1-9]/.test(JSON.stringify(processor));
}
