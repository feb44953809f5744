import { expect, test } from 'vitest';
import { buildVocabulary } from './build-vocabulary.ts';
import { createTokenizer } from './tokenizer.ts';

// The example of Sennrich et al. 2016, without the mark for a word's end.
const texts = [
  'low low low low low',
  'lower lower',
  'newest newest newest newest newest newest',
  'widest widest widest',
];

test('pairs that occur most often become tokens, in order', () => {
  const { model } = JSON.parse(buildVocabulary(texts, { size: 17 })) as {
    model: { merges: string[][]; vocab: Record<string, number> };
  };
  expect(model.merges.slice(0, 4)).toEqual([
    ['e', 's'],
    ['es', 't'],
    ['l', 'o'],
    ['lo', 'w'],
  ]);
  expect(Object.keys(model.vocab).slice(0, 2)).toEqual(['[PAD]', '[UNK]']);
});
test('its output can be read, and splits unseen words', () => {
  const tokenizer = createTokenizer(buildVocabulary(texts, { size: 17 }));
  expect(tokenizer.size).toBe(17);
  const parts = (text: string): string[] => tokenizer.encode(text).map((id) => tokenizer.decode([id]));
  expect(parts('Lowest')).toEqual(['low', 'est']);
  expect(tokenizer.encode('xyz')).toEqual([1]);
});
test('the same texts in another order give the same vocabulary', () =>
  expect(buildVocabulary(texts.toReversed(), { size: 20 })).toBe(buildVocabulary(texts, { size: 20 })));
test('invalid arguments', () => {
  expect(() => buildVocabulary(texts, { size: 3 })).toThrow(
    'buildVocabulary expects a size of at least 12, one for each character of the texts plus 2, got 3.',
  );
  expect(() => buildVocabulary([' '], { size: 30 })).toThrow('buildVocabulary expects at least one word, got none.');
});
