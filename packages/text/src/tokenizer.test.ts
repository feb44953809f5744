import { expect, test } from 'vitest';
import { createTokenizer } from './tokenizer.ts';

const vocabulary = (...tokens: string[]): Record<string, number> =>
  Object.fromEntries(tokens.map((token, i) => [token, i]));
const special = (content: string, id: number): object => ({
  id,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});
const make = (model: object, parts: object = {}): ReturnType<typeof createTokenizer> =>
  createTokenizer(
    JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model,
      ...parts,
    }),
  );

test('WordPiece takes the longest piece, from the left', () => {
  const vocab = vocabulary('[PAD]', '[UNK]', '[CLS]', '[SEP]', 'un', '##aff', '##able', '##a', 'hug', '!');
  const tokenizer = make(
    { type: 'WordPiece', vocab, unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 },
    {
      added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map(special),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
    },
  );
  expect(tokenizer.encode('UnÀffable hug!')).toEqual([2, 4, 5, 6, 8, 9, 3]);
  expect(tokenizer.encode('unknown')).toEqual([2, 1, 3]);
  expect(tokenizer.decode([2, 4, 5, 6, 8, 3])).toBe('unaffable hug');
  expect([tokenizer.size, tokenizer.idOf('hug'), tokenizer.idOf('none')]).toEqual([10, 8, undefined]);
});
test('BPE merges in the order of its list', () => {
  const vocab = vocabulary('l', 'o', 'w', 'e', 'r', 'lo', 'low', 'er');
  const tokenizer = make({
    type: 'BPE',
    vocab,
    merges: [
      ['l', 'o'],
      ['lo', 'w'],
      ['e', 'r'],
    ],
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
  });
  expect(tokenizer.encode('lower')).toEqual([6, 7]);
  expect(tokenizer.encode('owl')).toEqual([1, 2, 0]);
});
test('unigram takes the likeliest pieces', () => {
  const tokenizer = make({
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['a', -2],
      ['b', -2],
      ['ab', -3],
      ['abc', -9],
      ['c', -1],
    ],
  });
  expect(tokenizer.encode('abc')).toEqual([3, 5]); // −3 − 1, where a b c is −5 and abc −9
  expect(tokenizer.encode('aab')).toEqual([1, 3]);
});
test('rejects invalid tokenizers', () => {
  expect(() => createTokenizer('{')).toThrow('This is not a tokenizer.json: it is not JSON. Use the file published');
  for (const json of ['null', '[]', '{}', '{"model":{}}', '{"model":{"vocab":7}}'])
    expect(() => createTokenizer(json)).toThrow('it has no "model" with a "vocab"');
  expect(() => make({ type: 'Runes', vocab: {} })).toThrow(
    'This is not a tokenizer.json: its model is "Runes", and only WordPiece, BPE, Unigram are supported.',
  );
});
test.each([
  [
    '{"WordPiece": 4000}',
    { vocab: { a: 'x' } },
    {},
    '"model.vocab["a"]" must be a token number from 0 to 16777215, got "x"',
  ],
  ['a negative number', { vocab: { a: -1 } }, {}, '"model.vocab["a"]" must be a token number'],
  ['a number too large', { vocab: { a: 2 ** 53 } }, {}, 'got 9007199254740992'],
  ['a fraction', { vocab: { a: 1.5 } }, {}, 'got 1.5'],
  ['merges of nothing', { type: 'BPE', vocab: {}, merges: [5] }, {}, '"model.merges[0]" must be two tokens, got 5'],
  ['no merges', { type: 'BPE', vocab: {} }, {}, '"model.merges" must be a list, got nothing'],
  [
    'scores that are none',
    { type: 'Unigram', vocab: [1] },
    {},
    '"model.vocab[0]" must be a token and its score, got 1',
  ],
  ['no tokens', { type: 'Unigram', vocab: [] }, {}, '"model.vocab" must be a list of 1 to'],
  [
    'an unknown token that is not there',
    { type: 'Unigram', vocab: [['a', 0]], unk_id: 1 },
    {},
    '"model.unk_id" must be',
  ],
  ['words too long', { vocab: {}, max_input_chars_per_word: 1e9 }, {}, 'an integer from 1 to 1000, got 1000000000'],
  ['an added token', { vocab: {} }, { added_tokens: [null] }, '"added_tokens[0]" must be an object, got null'],
  ['its number', { vocab: {} }, { added_tokens: [{ id: 'a', content: '' }] }, '"added_tokens[0].id" must be'],
  [
    'pieces of no length',
    { vocab: {} },
    { pre_tokenizer: { type: 'FixedLength', length: 0 } },
    '"pre_tokenizer.length"',
  ],
  [
    'a replacement',
    { vocab: {} },
    { normalizer: { type: 'Replace', pattern: { String: 5 } } },
    '"normalizer.pattern.String"',
  ],
  [
    'a template',
    { vocab: {} },
    { post_processor: { type: 'TemplateProcessing', single: [5] } },
    '"post_processor.single[0].Sequence" must be',
  ],
  [
    'a second text in the template of one',
    { vocab: {} },
    { post_processor: { type: 'TemplateProcessing', single: [{ Sequence: { id: 'B' } }], pair: [] } },
    '"post_processor.single[0].Sequence.id" must be "A", got "B"',
  ],
  [
    'special tokens',
    { vocab: {} },
    { post_processor: { type: 'BertProcessing', cls: 'x' } },
    '"post_processor.cls" must be a token and its number, got "x"',
  ],
  ['padding', { vocab: {} }, { padding: { pad_id: -1 } }, '"padding.pad_id" must be a token number'],
  [
    'decoders',
    { vocab: {} },
    { decoder: { type: 'Sequence', decoders: 'x' } },
    '"decoder.decoders" must be a list, got "x"',
  ],
  [
    'a pattern that may take for ever',
    { vocab: {} },
    { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: '(a+)+$' } }] } },
    '"pre_tokenizer.pretokenizers[0].pattern.Regex" is "(a+)+$", which repeats a repetition or a choice, and may take exponential time',
  ],
])('a field that is wrong is named: %s', (_, model, parts, message) =>
  expect(() => make({ type: 'WordPiece', unk_token: '[UNK]', ...model }, parts)).toThrow(message),
);
test('sequences may not be nested without end', () => {
  let nested: object = { type: 'Lowercase' };
  for (let i = 0; i < 20; i++) nested = { type: 'Sequence', normalizers: [nested] };
  expect(() => make({ type: 'WordPiece', vocab: {} }, { normalizer: nested })).toThrow('more than 8 levels');
});
test('the size counts gaps and added tokens', () => {
  const model = { type: 'WordPiece', unk_token: '[UNK]', vocab: { '[UNK]': 0, a: 4000 } };
  expect(make(model).size).toBe(4001);
  expect(make(model, { added_tokens: [special('<new>', 5000)] }).size).toBe(5001);
});
test('text without a token number is an error, not an undefined number', () => {
  const tokenizer = make({ type: 'WordPiece', vocab: { a: 0 } });
  expect(tokenizer.encode('a')).toEqual([0]);
  expect(() => tokenizer.encode('b')).toThrow('The tokenizer has no token number for');
});
