import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cardPackages, howToInstall } from '../packages/zoo/src/card-packages.ts';

const models = join(import.meta.dirname, '..', 'models');
const nameOf = (path: string): string => (JSON.parse(readFileSync(path, 'utf8')) as { name: string }).name;

test('the table of card packages equals the cards of models/*', () => {
  const found = readdirSync(models).flatMap((folder) => {
    const at = join(models, folder);
    if (!existsSync(join(at, 'package.json'))) return [];
    const cards = existsSync(join(at, 'cards'))
      ? readdirSync(join(at, 'cards')).map((file) => join(at, 'cards', file))
      : [join(at, 'card.json')];
    return cards.map((card) => [nameOf(card), nameOf(join(at, 'package.json'))]);
  });
  expect(Object.fromEntries(cardPackages)).toEqual(Object.fromEntries(found));
  expect(howToInstall('efficientnet-lite0')).toBe(
    'The model "efficientnet-lite0" is in the package @graft/model-efficientnet-lite. Run npm install @graft/model-efficientnet-lite.',
  );
  expect(howToInstall('efficientnet-lite9')).toBeUndefined();
});
