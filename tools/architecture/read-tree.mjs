// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The manifests and sources of every project under a folder, by path from it.
 * @param {string} root
 * @returns {import('./check-imports.mjs').Tree}
 */
export function readTree(root) {
  /** @type {Record<string, string>} */
  const tree = {};
  const read = (/** @type {string} */ path) => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const inside = path ? `${path}/${entry.name}` : entry.name;
      if (entry.isDirectory() && !/^(node_modules|dist|coverage|\..*)$/.test(entry.name)) read(inside);
      else if (entry.name === 'package.json' || /\/src\/.*\.m?[jt]s$/.test(inside))
        tree[inside] = readFileSync(join(root, inside), 'utf8');
    }
  };
  read('');
  return tree;
}
