import { expect, test } from 'vitest';
import { getCard } from './get-card.ts';
import type { ModelCard } from './model-card.ts';
import { searchCards } from './search-cards.ts';

const card = (name: string, description: string, licence: string): ModelCard =>
  ({ name, title: `The ${name}`, description, licence }) as ModelCard;
const cards = [
  card('mobilenet', 'Light, for ImageNet.', 'Apache-2.0'),
  card('resnet', 'Deep, for ImageNet.', 'MIT'),
  card('kws', 'Keywords in speech.', 'MIT'),
];
const found = (...words: string[]): string[] => searchCards(cards, words).map(({ name }) => name);

test('a card matches if it contains all words, in any field and case', () => {
  expect(found('imagenet')).toEqual(['mobilenet', 'resnet']);
  expect(found('IMAGENET', 'mit')).toEqual(['resnet']);
  expect(found('the kws')).toEqual(['kws']);
  expect(found('imagenet', 'speech')).toEqual([]);
  expect(found()).toEqual(['mobilenet', 'resnet', 'kws']);
});
test('the error for a missing name suggests the nearest one', () => {
  expect(getCard(cards, 'kws')).toBe(cards[2]);
  expect(() => getCard(cards, 'efficientnet-lite0')).toThrow('Run npm install @graft/model-efficientnet-lite.');
  expect(() => getCard(cards, 'efficientnet-lit0')).toThrow('Did you mean "efficientnet-lite0"?');
  expect(() => getCard(cards, 'resnte')).toThrow(
    'There is no model "resnte". Did you mean "resnet"? Run graft models list to see all models.',
  );
});
