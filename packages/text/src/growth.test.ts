import { expect, test } from 'vitest';
import { growthOf } from './growth.ts';
import { createTokenizer } from './tokenizer.ts';

const replace = (pattern: object, content: string): object => ({ type: 'Replace', pattern, content });
const sequence = (count: number, part: object): object => ({
  type: 'Sequence',
  normalizers: Array.from({ length: count }, () => part),
});
const a = { Sequence: { id: 'A', type_id: 0 } };

test.each([
  [1, null],
  [1, { type: 'NFC' }],
  [1, replace({ String: ' ' }, '▁')],
  [1, replace({ String: '``' }, '"')],
  [1, replace({ Regex: '\\s+' }, '')],
  [2, replace({ Regex: '\\s+' }, ' ')],
  [2, replace({ String: 'a' }, 'aa')],
  [3, replace({ String: '' }, 'aa')],
  [1024, sequence(10, replace({ String: 'a' }, 'aa'))],
  [16, sequence(2, sequence(2, replace({ String: 'a' }, 'aa')))],
  [5, { type: 'Metaspace', replacement: '▁▁▁▁▁' }],
  [3, { type: 'TemplateProcessing', single: [a, a, a] }],
  [8, { type: 'Sequence', processors: Array(3).fill({ type: 'TemplateProcessing', single: [a, a] }) }],
  [3, { type: 'ByteLevel' }],
  [27, { type: 'Sequence', pretokenizers: Array(3).fill({ type: 'ByteLevel' }) }],
])('%d times: %j', (times, part) => expect(growthOf(part)).toBe(times));

test('a tokenizer that makes texts a thousand times longer is rejected', () => {
  const json = (normalizer: object) =>
    JSON.stringify({
      added_tokens: [],
      decoder: null,
      post_processor: null,
      pre_tokenizer: null,
      normalizer,
      model: { type: 'WordPiece', unk_token: 'a', max_input_chars_per_word: 100, vocab: { a: 0 } },
    });
  expect(createTokenizer(json(sequence(4, replace({ String: 'a' }, 'aa')))).encode('a')).toHaveLength(1);
  expect(() => createTokenizer(json(sequence(30, replace({ String: 'a' }, 'aa'))))).toThrow(
    'its parts make a text up to 1073741824 times longer',
  );
  expect(() => createTokenizer(json({ type: 'Prepend', prepend: 'x'.repeat(1e6) }))).toThrow(
    /"normalizer\.prepend" must be a text of at most 256 characters/,
  );
});
