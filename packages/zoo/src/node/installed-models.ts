import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { type ModelCard, modelCard } from '../model-card.ts';
import { moduleFolders } from './module-folders.ts';
import { readCard } from './read-card.ts';

const scope = '@graft';
const prefix = 'model-';

/** Options of {@link installedModels}. */
export interface InstalledModelsOptions {
  /** Folders to search from, nearest first; the first card of a name wins. Default: the working folder. */
  readonly from?: readonly string[];
  /** Called with one sentence for each invalid card, which is left out; default: it is thrown. */
  readonly onInvalid?: (message: string) => void;
}

/**
 * A plugin with the cards of all installed packages `@graft/model-…`: a `card.json`, or several in a folder `cards`. The search ends at the project, its
 * workspace or the installation; see {@link moduleFolders}.
 * @throws if a card is invalid and there is no `onInvalid`
 */
export async function installedModels({
  from = [process.cwd()],
  onInvalid,
}: InstalledModelsOptions = {}): Promise<Plugin> {
  const cards = new Map<string, ModelCard>();
  const modules = new Set(from.flatMap(moduleFolders));
  for (const folder of modules)
    for (const name of (await readdir(join(folder, scope)).catch((): string[] => [])).sort()) {
      if (!name.startsWith(prefix)) continue;
      const many = join(folder, scope, name, 'cards');
      const files = (await readdir(many).catch((): string[] => [])).filter((file) => file.endsWith('.json')).sort();
      for (const path of files.length
        ? files.map((file) => join(many, file))
        : [join(folder, scope, name, 'card.json')]) {
        try {
          const card = await readCard(path);
          if (!cards.has(card.name)) cards.set(card.name, card);
        } catch (error) {
          if (!onInvalid) throw error;
          onInvalid((error as Error).message);
        }
      }
    }
  return definePlugin({
    name: 'installed models',
    apiVersion,
    contributes: [...cards.values()].map((card) => modelCard(card)),
  });
}
