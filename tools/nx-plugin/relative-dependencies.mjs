// @ts-check
import { posix } from 'node:path';

/** Import specifiers and `new URL('../…', import.meta.url)`. */
const relative = /(?:\bfrom|\bimport|\bimport\(|\bnew URL\()\s*['"](\.\.\/[^'"]+)['"]/g;

/**
 * The folders of the projects that a file refers to by relative path.
 * @param {string} file from the repository's root @param {string} text
 * @returns {string[]}
 */
export function relativeDependencies(file, text) {
  const folders = [...text.matchAll(relative)].flatMap(([, path = '']) => {
    const target = posix.join(posix.dirname(file), path);
    return /^(?:(?:packages|apps|models|examples|tools)\/[^/]+|test(?=\/))/.exec(target) ?? [];
  });
  return [...new Set(folders)];
}
