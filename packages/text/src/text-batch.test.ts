import { expect, test } from 'vitest';
import { textBatch } from './text-batch.ts';
import { createTokenizer } from './tokenizer.ts';

/** A token a letter, between 1 and 2. */
const letters = { encode: (text: string): number[] => [1, ...Array.from(text, (letter) => letter.charCodeAt(0)), 2] };
const samples = ['ab', '', 'abcdef'].map((input, label) => ({ input, label }));
const longs = (...values: number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

test('padded to the longest, with a mask', () => {
  const shape = [2, 4];
  expect(textBatch(letters, { padding: 9 })(samples.slice(0, 2), [4, 7])).toEqual({
    inputs: {
      input_ids: { shape, dtype: 'int64', data: longs(1, 97, 98, 2, 1, 2, 9, 9) },
      attention_mask: { shape, dtype: 'int64', data: longs(1, 1, 1, 1, 1, 1, 0, 0) },
    },
    labels: Int32Array.of(0, 1),
    indices: [4, 7],
  });
});
test('truncated, with the token that ends a text', () => {
  const { inputs } = textBatch(letters, { maxLength: 4 })(samples, [0, 1, 2]);
  expect(inputs['input_ids']!.shape).toEqual([3, 4]);
  expect(inputs['input_ids']!.data.slice(8)).toEqual(longs(1, 97, 98, 2));
});
test('padded to a fixed length, which truncates longer texts', () => {
  const { inputs } = textBatch(letters, { length: 5, dtype: 'int32' })(samples, [0, 1, 2]);
  expect(inputs['input_ids']).toEqual({
    shape: [3, 5],
    dtype: 'int32',
    data: Int32Array.of(1, 97, 98, 2, 0, 1, 2, 0, 0, 0, 1, 97, 98, 99, 2),
  });
  expect(() => textBatch(letters, { length: 0 })).toThrow('textBatch expects a length of at least 1, got 0.');
});
test('a batch of empty texts has a length', () =>
  expect(textBatch({ encode: () => [] })(samples, [0, 1, 2]).inputs['attention_mask']).toEqual({
    shape: [3, 1],
    dtype: 'int64',
    data: longs(0, 0, 0),
  }));
test('only the inputs of the network', () => {
  const only = (...inputs: string[]): string[] =>
    Object.keys(textBatch(letters, { inputs })(samples, [0, 1, 2]).inputs);
  expect(only('input_ids')).toEqual(['input_ids']);
  expect(only('attention_mask', 'token_type_ids')).toEqual(['attention_mask', 'token_type_ids']);
  expect(() => only('input_id')).toThrow(
    'textBatch has no input "input_id", only input_ids, attention_mask, token_type_ids. Did you mean "input_ids"?',
  );
});

const template = (first: number, second: number): object => ({
  type: 'TemplateProcessing',
  single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '[SEP]', type_id: first } }],
  pair: [
    { Sequence: { id: 'A', type_id: 0 } },
    { SpecialToken: { id: '[SEP]', type_id: first } },
    { Sequence: { id: 'B', type_id: second } },
  ],
  special_tokens: { '[SEP]': { id: '[SEP]', ids: [0], tokens: ['[SEP]'] } },
});
const words = (postProcessor: object | null): ReturnType<typeof createTokenizer> =>
  createTokenizer(
    JSON.stringify({
      added_tokens: [{ id: 0, content: '[SEP]', special: true }],
      normalizer: null,
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: postProcessor,
      decoder: null,
      model: {
        type: 'WordPiece',
        unk_token: '[SEP]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 9,
        vocab: { '[SEP]': 0, a: 1, b: 2 },
      },
    }),
  );
test.each([
  ['none', null, undefined],
  ['a template of one segment', template(0, 0), undefined],
  ['a template of two', template(0, 1), longs(0, 0, 0, 0)],
  ['a template whose last token is in a segment of its own', template(2, 1), longs(0, 2, 0, 2)],
  ['several, one of them a template of two', { type: 'Sequence', processors: [template(0, 1)] }, longs(0, 0, 0, 0)],
])('token types if the tokenizer has segments: %s', (_, postProcessor, types) => {
  const { inputs } = textBatch(words(postProcessor))(
    [
      { input: 'a', label: 0 },
      { input: 'b', label: 1 },
    ],
    [0, 1],
  );
  expect(inputs['token_type_ids']?.data).toEqual(types);
});
test('token types are truncated and padded like the tokens', () => {
  const { inputs } = textBatch(words(template(2, 1)), { maxLength: 3 })(
    [
      { input: 'a b a b', label: 0 },
      { input: 'b', label: 1 },
    ],
    [0, 1],
  );
  expect(inputs['input_ids']!.data).toEqual(longs(1, 2, 0, 2, 0, 0));
  expect(inputs['token_type_ids']!.data).toEqual(longs(0, 0, 2, 0, 2, 0));
});
test('refuses a length below 1', () =>
  expect(() => textBatch(letters, { maxLength: 0 })).toThrow('textBatch expects a maxLength of at least 1, got 0.'));
