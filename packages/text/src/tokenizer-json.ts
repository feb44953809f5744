import { showJson } from '@graft/plugin';
import { whyBacktracking } from './backtracking.ts';
import { growthOf } from './growth.ts';

/** A checked `tokenizer.json`. */
export interface TokenizerJson {
  readonly model: { readonly type?: string; readonly vocab: object };
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly post_processor?: unknown;
  readonly padding?: { readonly pad_id?: number } | null;
  readonly truncation?: { readonly max_length?: number } | null;
  /** One more than the largest token number. */
  readonly size: number;
}

/** The types a file may declare; older files do not, and are recognised by their fields. */
const models = ['WordPiece', 'BPE', 'Unigram'];
/** Token numbers are below this; the largest published vocabularies have about a million tokens. */
const mostTokens = 2 ** 24;
/** How deep sequences of normalizers, pre-tokenizers, post-processors and decoders may be nested. */
const deepest = 8;
/** Maximum characters of a word that WordPiece splits: its work grows with their square. Published tokenizers use 100. */
const longestWord = 1000;

/** How many times longer a text may get. */
const mostGrowth = 1024;
/** Maximum characters that are put around each text or word. */
const longestAffix = 256;

/** Checks a value. @throws what it must be */
type Check = (value: unknown, place: string) => void;

/**
 * Checks the content of a `tokenizer.json` before it is used, because such files are downloaded.
 * @throws an error that names the field, what it must be and its value
 */
export function checkTokenizerJson(json: unknown): TokenizerJson {
  if (!isObject(json) || !isObject(json['model']) || !isObjectOrList(json['model']['vocab']))
    throw new Error('it has no "model" with a "vocab"');
  const { model, ...rest } = json as { readonly model: Readonly<Record<string, unknown>> } & Record<string, unknown>;
  const { type, vocab } = model;
  if (type !== undefined && !models.includes(type as string))
    throw new Error(`its model is ${shown(type)}, and only ${models.join(', ')} are supported`);
  const size = Math.max(
    type === 'Unigram' || (type === undefined && Array.isArray(vocab))
      ? unigramSize(vocab, model['unk_id'])
      : numberedSize(vocab),
    1 + largestAdded(rest['added_tokens']),
  );
  fields(modelFields)(model, 'model');
  if (type === 'BPE') merges(model['merges'], 'model.merges');
  else optional(merges)(model['merges'], 'model.merges');
  fields({
    normalizer: optional(part(0)),
    pre_tokenizer: optional(part(0)),
    post_processor: optional(part(0)),
    decoder: optional(part(0)),
    padding: optional(fields({ pad_id: optional(tokenNumber) })),
    truncation: optional(fields({ max_length: optional(integer(0, 2 ** 31)) })),
  })(rest, '');
  const growth = [rest['normalizer'], rest['pre_tokenizer'], rest['post_processor']].reduce<number>(
    (product, one) => product * growthOf(one),
    1,
  );
  if (growth > mostGrowth)
    throw new Error(
      `its parts make a text up to ${Math.round(growth)} times longer, and only ${mostGrowth} times is supported`,
    );
  return { ...rest, model, added_tokens: rest['added_tokens'] ?? [], size } as TokenizerJson;
}

/** The size of a vocabulary of tokens and their numbers. */
function numberedSize(vocab: unknown): number {
  if (!isObject(vocab)) return refuse('model.vocab', 'an object of tokens and their numbers', vocab);
  let size = 0;
  for (const [token, id] of Object.entries(vocab)) {
    tokenNumber(id, `model.vocab[${shown(token)}]`);
    size = Math.max(size, 1 + (id as number));
  }
  return size;
}

/** The size of a vocabulary of tokens and their scores. */
function unigramSize(vocab: unknown, unknown: unknown): number {
  if (!Array.isArray(vocab) || vocab.length === 0 || vocab.length > mostTokens)
    return refuse('model.vocab', `a list of 1 to ${mostTokens} tokens and their scores`, vocab);
  for (const [n, one] of vocab.entries())
    if (!Array.isArray(one) || one.length !== 2 || typeof one[0] !== 'string' || !Number.isFinite(one[1]))
      refuse(`model.vocab[${n}]`, 'a token and its score', one);
  optional(integer(0, vocab.length - 1))(unknown, 'model.unk_id');
  return vocab.length;
}

function largestAdded(tokens: unknown): number {
  optional(list(fields({ id: tokenNumber, content: text, ...flags('special', 'single_word', 'lstrip', 'rstrip') })))(
    tokens,
    'added_tokens',
  );
  return ((tokens ?? []) as readonly { readonly id: number }[]).reduce((largest, { id }) => Math.max(largest, id), -1);
}

const refuse = (place: string, expected: string, value: unknown): never => {
  throw new Error(`"${place}" must be ${expected}, got ${shown(value)}`);
};
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isObjectOrList = (value: unknown): boolean => typeof value === 'object' && value !== null;
const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  return showJson(Array.isArray(value) || typeof value === 'string' ? value.slice(0, 40) : value, 60);
};

const text: Check = (value, place) => void (typeof value === 'string' || refuse(place, 'a text', value));
const affix: Check = (value, place) =>
  void (
    (typeof value === 'string' && value.length <= longestAffix) ||
    refuse(place, `a text of at most ${longestAffix} characters`, value)
  );
const flag: Check = (value, place) => void (typeof value === 'boolean' || refuse(place, 'true or false', value));
const integer =
  (least: number, most: number): Check =>
  (value, place) =>
    void (
      (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) ||
      refuse(place, `an integer from ${least} to ${most}`, value)
    );
const tokenNumber: Check = (value, place) =>
  void (
    (Number.isInteger(value) && (value as number) >= 0 && (value as number) < mostTokens) ||
    refuse(place, `a token number from 0 to ${mostTokens - 1}`, value)
  );
const optional =
  (check: Check): Check =>
  (value, place) =>
    value === undefined || value === null ? undefined : check(value, place);
const list =
  (check: Check): Check =>
  (value, place) => {
    if (!Array.isArray(value)) return refuse(place, 'a list', value);
    for (const [n, one] of value.entries()) check(one, `${place}[${n}]`);
  };
/** Checks fields of an object; others are left to the library. */
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, place) => {
    if (!isObject(value)) return refuse(place, 'an object', value);
    for (const [name, check] of Object.entries(checks))
      check(Object.hasOwn(value, name) ? value[name] : undefined, place === '' ? name : `${place}.${name}`);
  };
const flags = (...names: readonly string[]): Record<string, Check> =>
  Object.fromEntries(names.map((name) => [name, optional(flag)]));

const merge: Check = (value, place) => {
  const isPair = Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string');
  if (!isPair && !(typeof value === 'string' && value.includes(' '))) refuse(place, 'two tokens', value);
};

/** The library reads all merges like the first one. */
const merges: Check = (value, place) => {
  list(merge)(value, place);
  const all = value as readonly unknown[];
  const other = all.findIndex((one) => Array.isArray(one) !== Array.isArray(all[0]));
  if (other >= 0) refuse(`${place}[${other}]`, 'written like the first one', all[other]);
};

const pattern: Check = (value, place) => {
  if (!isObject(value)) return refuse(place, 'an object with a "String" or a "Regex"', value);
  const { Regex: source, String: literal } = value;
  if (source === undefined) return text(literal, `${place}.String`);
  text(source, `${place}.Regex`);
  const why = whyBacktracking(source as string);
  if (why) throw new Error(`"${place}.Regex" is ${shown(source)}, which ${why}`);
};

/** A special token and its number. */
const named: Check = (value, place) => {
  if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string')
    refuse(place, 'a token and its number', value);
  tokenNumber((value as readonly unknown[])[1], `${place}[1]`);
};
const piece = fields({ id: text, type_id: optional(integer(0, 255)) });
/** @param texts the texts that it can place: A, and B if there are two */
const templateOf = (texts: readonly string[]): Check =>
  list((value, place) => {
    const { SpecialToken: special, Sequence: sequence } = isObject(value) ? value : {};
    if (special !== undefined) return piece(special, `${place}.SpecialToken`);
    piece(sequence, `${place}.Sequence`);
    const { id } = sequence as { readonly id: string };
    if (!texts.includes(id)) refuse(`${place}.Sequence.id`, texts.map((one) => `"${one}"`).join(' or '), id);
  });
const [template, pairTemplate] = [templateOf(['A']), templateOf(['A', 'B'])];

const modelFields: Readonly<Record<string, Check>> = {
  unk_token: optional(text),
  continuing_subword_prefix: optional(affix),
  continuing_subword_suffix: optional(affix),
  end_of_word_suffix: optional(affix),
  max_input_chars_per_word: optional(integer(1, longestWord)),
  ...flags('fuse_unk', 'byte_fallback', 'ignore_merges'),
};
/** Fields of normalizers, pre-tokenizers, post-processors and decoders; each means the same wherever it occurs. */
const partFields: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(['content', 'str_rep', 'prepend_scheme', 'behavior'].map((name) => [name, optional(text)])),
  ...Object.fromEntries(['prepend', 'prefix', 'suffix', 'replacement'].map((name) => [name, optional(affix)])),
  ...Object.fromEntries(
    ['pad_token', 'word_delimiter_token', 'precompiled_charsmap'].map((name) => [name, optional(text)]),
  ),
  ...flags('clean_text', 'handle_chinese_chars', 'lowercase', 'strip_accents', 'strip_left', 'strip_right'),
  ...flags('add_prefix_space', 'trim_offsets', 'use_regex', 'invert', 'individual_digits', 'cleanup'),
  pattern: optional(pattern),
  start: optional(integer(0, 2 ** 16)),
  stop: optional(integer(0, 2 ** 16)),
  cls: optional(named),
  sep: optional(named),
  single: optional(template),
  pair: optional(pairTemplate),
};
/** Fields that a type cannot do without. */
const required: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  Split: { pattern },
  Replace: { pattern },
  Prepend: { prepend: affix },
  FixedLength: { length: integer(1, 2 ** 16) },
  BertProcessing: { cls: named, sep: named },
  RobertaProcessing: { cls: named, sep: named },
  TemplateProcessing: { single: template, pair: pairTemplate },
};

function part(depth: number): Check {
  return (value, place) => {
    if (!isObject(value)) return refuse(place, 'an object', value);
    if (depth === deepest) throw new Error(`"${place}" has more than ${deepest} levels of sequences`);
    text(value['type'], `${place}.type`);
    fields({ ...partFields, ...required[value['type'] as string] })(value, place);
    for (const name of ['normalizers', 'pretokenizers', 'processors', 'decoders'])
      optional(list(part(depth + 1)))(value[name], `${place}.${name}`);
  };
}
