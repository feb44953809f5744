import type { ModelCard } from './model-card.ts';

/** Finds the cards that contain all words in their name, title, description or licence, ignoring case. Without words, returns all cards. */
export const searchCards = (cards: readonly ModelCard[], words: readonly string[]): ModelCard[] =>
  cards.filter(({ name, title, description, licence }) => {
    const text = `${name} ${title} ${description} ${licence}`.toLowerCase();
    return words.every((word) => text.includes(word.toLowerCase()));
  });
