// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ name: string, file: string }} Entry an entry point: what an import names, and its built declarations
 * @typedef {{ name: string, description: string, folder: string, page: string, entries: Entry[] }} Published `page` is its file in docs/api
 */

/**
 * Every package that is published and can be imported, by name.
 * @param {string} root @returns {Published[]}
 * @throws if one is not built
 */
export function publishedPackages(root) {
  return ['packages', 'apps']
    .flatMap((kind) =>
      readdirSync(join(root, kind))
        .sort()
        .map((name) => join(root, kind, name)),
    )
    .flatMap((folder) => {
      if (!existsSync(join(folder, 'package.json'))) return [];
      /** @type {{ name: string, description: string, private?: boolean, exports?: Record<string, { types: string }> }} */
      const {
        name,
        description,
        private: ours,
        exports = {},
      } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (ours) return [];
      const entries = Object.entries(exports).map(([entry, { types }]) => ({
        name: name + entry.slice(1),
        file: join(folder, types),
      }));
      const missing = entries.find(({ file }) => !existsSync(file));
      if (missing) throw new Error(`${missing.name} has no ${missing.file.slice(root.length)}: run npm run build.`);
      return entries.length === 0
        ? []
        : [{ name, description, folder, page: `${name.replace('@graft/', '')}.md`, entries }];
    });
}
