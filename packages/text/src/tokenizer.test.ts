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
