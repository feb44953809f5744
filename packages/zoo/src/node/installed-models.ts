import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { type ModelCard, modelCard } from '../model-card.ts';
import { readCard } from './read-card.ts';

const scope = '@graft';
const prefix = 'model-';

/**
 * Creates a plugin with the cards of all installed packages `@graft/model-…`. Packages are found by Node's package resolution, and contain a `card.json` or a folder `cards`.
 * @param from folders to search from, nearest first; if names collide, the first card is used
 * @throws if a card is invalid
 */
export async function installedModels(...from: readonly string[]): Promise<Plugin> {
  const cards = new Map<string, ModelCard>();
  const modules = new Set(
    (from.length ? from : [process.cwd()]).flatMap(
      (folder) => createRequire(join(folder, 'noop.js')).resolve.paths(scope) ?? [],
    ),
  );
  for (const folder of modules)
    for (const name of (await readdir(join(folder, scope)).catch((): string[] => [])).sort()) {
      if (!name.startsWith(prefix)) continue;
      const many = join(folder, scope, name, 'cards');
      const files = (await readdir(many).catch((): string[] => [])).filter((file) => file.endsWith('.json')).sort();
      for (const path of files.length
        ? files.map((file) => join(many, file))
        : [join(folder, scope, name, 'card.json')]) {
        const card = await readCard(path);
        if (!cards.has(card.name)) cards.set(card.name, card);
      }
    }
  return definePlugin({
    name: 'installed models',
    apiVersion,
    contributes: [...cards.values()].map((card) => modelCard(card)),
  });
}
