import { didYouMean } from '@graft/plugin';
import { cardPackages, howToInstall } from './card-packages.ts';
import type { ModelCard } from './model-card.ts';

/** Returns the card with this name. @throws if there is none; the error names the package that has it, or suggests the nearest name */
export function getCard(cards: readonly ModelCard[], name: string): ModelCard {
  const card = cards.find((one) => one.name === name);
  if (card) return card;
  const install = howToInstall(name);
  if (install) throw new Error(install);
  const suggestion = didYouMean(name, [...new Set([...cards.map((one) => one.name), ...cardPackages.keys()])]);
  throw new Error(`There is no model "${name}".${suggestion} Run graft models list to see all models.`);
}
