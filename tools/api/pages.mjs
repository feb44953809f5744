// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The pages in a folder, by file name; none if the folder does not exist. @param {string} folder @returns {Map<string, string>} */
export const readPages = (folder) =>
  new Map(
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.md'))
          .map((name) => [name, readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')])
      : [],
  );

/** Replaces the pages in a folder. @param {string} folder @param {ReadonlyMap<string, string>} pages */
export function writePages(folder, pages) {
  mkdirSync(folder, { recursive: true });
  for (const name of readPages(folder).keys()) if (!pages.has(name)) rmSync(join(folder, name));
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
}
