// @ts-check
// Turns a generator's plan into file contents, all of them before the first is written.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Tree the repository to read: a folder, or Nx's tree
 * @property {(path: string) => string | undefined} read
 * @property {(folder: string) => string[]} children
 *
 * @typedef {{ kebab: string, camel: string, pascal: string }} Names
 *
 * @typedef {object} Plan
 * @property {Record<string, string>} files new files, by path
 * @property {import('./edits.mjs').Edit[]} edits
 * @property {{ words: readonly string[], in: readonly string[] }} taken names that must not exist in these files yet
 * @property {string[]} next remaining manual steps, one line each
 */

/**
 * The forms of a name.
 * @param {string} name
 * @returns {Names}
 * @throws if it is not in kebab-case, or a reserved word of TypeScript
 */
export function namesOf(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 60)
    throw new Error(
      `${JSON.stringify(name)} is not a kebab-case name: use lowercase letters, digits and single dashes, such as gated-unit.`,
    );
  const pascal = name
    .split('-')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('');
  const camel = name[0] + pascal.slice(1);
  if (reserved.has(camel))
    throw new Error(`"${name}" is a reserved word of TypeScript. Choose another name, such as my-${name}.`);
  return { kebab: name, camel, pascal };
}

const reserved = new Set(
  'arguments as async await break case catch class const continue debugger default delete do else enum eval export extends false finally for from function get if implements import in instanceof interface let new null of package private protected public return set static super switch this throw true try type typeof undefined var void while with yield'.split(
    ' ',
  ),
);

/**
 * The contents of all files that a plan creates or changes, by path.
 * @param {Plan} plan @param {string} what such as `layer "gated-unit"` @param {Tree} tree
 * @returns {Record<string, string>}
 * @throws if a file or a name is taken, or an anchor is missing
 */
export function changesOf({ files, edits, taken }, what, tree) {
  for (const [path, content] of Object.entries(files)) {
    if (tree.read(path) !== undefined)
      throw new Error(`Cannot create the ${what}: ${path} already exists. Choose another name.`);
    const clash = importedAndDeclared(content);
    if (clash)
      throw new Error(`Cannot create the ${what}: ${path} would import another "${clash}". Choose another name.`);
  }
  for (const path of taken.in) {
    const before = tree.read(path) ?? '';
    // Lines added by hand, because an anchor was missing, do not count as taken.
    const byHand = edits.filter(({ file, into }) => file === path && into(before) === before);
    const text = byHand.reduce((rest, { text: own }) => rest.replaceAll(own, ''), before).replace(/ from '[^']*'/g, '');
    const word = taken.words.find((one) => new RegExp(`(?<![\\w-])${one}(?![\\w-])`).test(text));
    if (word) throw new Error(`Cannot create the ${what}: ${path} already has ${word}. Choose another name.`);
  }
  /** @type {Record<string, string>} */
  const changes = { ...files };
  for (const { file, text, into } of edits) {
    const before = changes[file] ?? tree.read(file);
    const after = before === undefined ? undefined : into(before);
    if (after === undefined)
      throw new Error(
        `${file} does not have the expected form, so the ${what} cannot be inserted. Nothing was written; add this by hand, and generate again: ${text.trim()}`,
      );
    changes[file] = after;
  }
  return changes;
}

/**
 * The files that list a package's exports, including those of all packages that `@graft/graft` re-exports together.
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

/** The manual step for a new package. @param {Tree} tree */
export const installs = (tree) =>
  `npx ${JSON.parse(tree.read('package.json') ?? '{}').packageManager} install, to link its dependencies and update pnpm-lock.yaml`;

/** @param {string} content @returns {string | undefined} a name that a file both imports and declares */
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
