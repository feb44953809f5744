// @ts-check
// What a generator plans becomes the contents of files, all of them before the first is written.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Tree the repository, as it is read: a folder, or Nx's tree
 * @property {(path: string) => string | undefined} read
 * @property {(folder: string) => string[]} children
 *
 * @typedef {{ kebab: string, camel: string, pascal: string }} Names
 *
 * @typedef {object} Plan
 * @property {Record<string, string>} files new ones, by path
 * @property {import('./edits.mjs').Edit[]} edits
 * @property {{ words: readonly string[], in: readonly string[] }} taken names that these files must not hold yet
 * @property {string[]} next what is left to do by hand, a line each
 */

/**
 * The forms of a name.
 * @param {string} name
 * @returns {Names}
 * @throws if it is not in kebab-case, or a word that TypeScript keeps for itself
 */
export function namesOf(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60)
    throw new Error(
      `${JSON.stringify(name)} is no name in kebab-case: small letters, digits and single dashes, such as gated-unit.`,
    );
  const pascal = name
    .split('-')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('');
  const camel = name[0] + pascal.slice(1);
  if (reserved.has(camel))
    throw new Error(`"${name}" is a word of TypeScript’s own: choose another name, such as my-${name}.`);
  return { kebab: name, camel, pascal };
}

const reserved = new Set(
  'arguments as async await break case catch class const continue debugger default delete do else enum eval export extends false finally for from function get if implements import in instanceof interface let new null of package private protected public return set static super switch this throw true try type typeof undefined var void while with yield'.split(
    ' ',
  ),
);

/**
 * The contents of all files that a plan makes or changes, by path.
 * @param {Plan} plan @param {string} what such as `layer "gated-unit"` @param {Tree} tree
 * @returns {Record<string, string>}
 * @throws in one sentence, where a file or a name is taken, or where an anchor is missing
 */
export function changesOf({ files, edits, taken }, what, tree) {
  for (const [path, content] of Object.entries(files)) {
    if (tree.read(path) !== undefined)
      throw new Error(`There is no place for the ${what}: ${path} is there already. Choose another name.`);
    const clash = importedAndDeclared(content);
    if (clash)
      throw new Error(
        `There is no place for the ${what}: ${path} would import another "${clash}". Choose another name.`,
      );
  }
  for (const path of taken.in) {
    const before = tree.read(path) ?? '';
    // What was added by hand, since its anchor was not found, takes no name.
    const byHand = edits.filter(({ file, into }) => file === path && into(before) === before);
    const text = byHand.reduce((rest, { text: own }) => rest.replaceAll(own, ''), before).replace(/ from '[^']*'/g, '');
    const word = taken.words.find((one) => new RegExp(`(?<![\\w-])${one}(?![\\w-])`).test(text));
    if (word) throw new Error(`There is no place for the ${what}: ${path} has ${word} already. Choose another name.`);
  }
  /** @type {Record<string, string>} */
  const changes = { ...files };
  for (const { file, text, into } of edits) {
    const before = changes[file] ?? tree.read(file);
    const after = before === undefined ? undefined : into(before);
    if (after === undefined)
      throw new Error(
        `${file} does not look as it did, so there is no place to be found for the ${what}. Nothing was written; add this by hand, and generate again: ${text.trim()}`,
      );
    changes[file] = after;
  }
  return changes;
}

/**
 * The files that list what a package publishes; of packages that `@graft/graft` publishes together, those of all.
 * @param {Tree} tree @param {string} name of the package's folder
 */
export function listsOf(tree, name) {
  const graft = 'packages/graft/src/index.ts';
  const together = [...(tree.read(graft) ?? '').matchAll(/^export \* from '@graft\/([a-z-]+)';$/gm)].map(
    (match) => match[1] ?? '',
  );
  const list = (/** @type {string} */ one) => `packages/${one}/src/index.ts`;
  return together.includes(name) ? [...together.map(list), graft] : [list(name)];
}

/** What is left to do where a package is new. @param {Tree} tree */
export const installs = (tree) =>
  `npx ${JSON.parse(tree.read('package.json') ?? '{}').packageManager} install, so what it depends on is linked, and pnpm-lock.yaml names it`;

/** @param {string} content @returns {string | undefined} a name that a file imports and declares */
function importedAndDeclared(content) {
  const imported = new Set(
    [...content.matchAll(/^import .*\{ (.*) \} from/gm)].flatMap(([, list = '']) =>
      list.split(', ').map((item) => item.replace(/^type /, '')),
    ),
  );
  return [...content.matchAll(/^export (?:const|function|class|interface|type) (\w+)/gm)]
    .map((match) => match[1])
    .find((name) => name !== undefined && imported.has(name));
}

/** The tree of a folder. @param {string} root @returns {Tree} */
export const folderTree = (root) => ({
  read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
  children: (folder) => (existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : []),
});

/** @param {string} root @param {Record<string, string>} changes */
export function writeChanges(root, changes) {
  for (const [path, content] of Object.entries(changes)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
