import { didYouMean } from '@graft/plugin';
import type { ModelCard } from './model-card.ts';

/** Returns the card with this name. @throws if there is none; the error suggests the nearest name */
export function getCard(cards: readonly ModelCard[], name: string): ModelCard {
  const card = cards.find((one) => one.name === name);
  if (card) return card;
  const suggestion = didYouMean(
    name,
    cards.map((one) => one.name),
  );
  throw new Error(`There is no model "${name}".${suggestion} Run graft models list to see all models.`);
}
