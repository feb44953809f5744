// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ readme: string, line: number, code: string, file: string, expected: string[], run: boolean, declaresTests: boolean }} Example
 * `file` is where {@link writeExamples} puts the code; `expected` the output promised by its `console.log(…); // text` lines. With a kit of a
 * `/testing` entry point entry point, it `declaresTests`.
 */

/**
 * The ```ts blocks of a README or a guide. One that starts with ```ts no-run is only type-checked; a `continued` one starts with the code of the previous
 * block and those it continues, except blocks that declare tests.
 * @param {string} text @param {string} readme @param {string} folder where the code goes, so its imports resolve
 * @returns {Example[]}
 */
export function examplesIn(text, readme, folder) {
  let before = '';
  return [...text.matchAll(/^```ts( no-run| continued)?\r?\n([\s\S]*?)^```/gm)].map((match, index) => {
    const [, word, own = ''] = match;
    const code = word === ' continued' ? before + own : own;
    const declaresTests = /^import .* from '.*\/testing';$/m.test(own);
    if (!declaresTests) before = code;
    return {
      readme,
      line: text.slice(0, match.index).split('\n').length,
      code,
      file: join(folder, `.cache/readme/example-${index + 1}.ts`),
      expected: [...code.matchAll(/console\.log\(.*\);? *\/\/ (.+)$/gm)].map((comment) => (comment[1] ?? '').trim()),
      run: word !== ' no-run',
      declaresTests,
    };
  });
}

/** Normalises spaces inside brackets and line breaks. @param {string} text */
const plain = (text) =>
  text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/([[{(]) /g, '$1')
    .replace(/ ([\]})])/g, '$1');

/** Whether a printed line matches the comment, in which `…` matches anything. @param {string} promise @param {string} printed */
export const keeps = (promise, printed) =>
  new RegExp(
    `^${plain(promise)
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.*')}$`,
    's',
  ).test(plain(printed));

/** Every example of the root README, of each package's, plugin's and model's, and of docs and its guides. @param {string} root @returns {Example[]} */
export function readmeExamples(root) {
  const inside = (/** @type {string} */ kind) =>
    existsSync(join(root, kind)) ? readdirSync(join(root, kind)).map((name) => join(root, kind, name)) : [];
  const app = join(root, 'apps/graft');
  const alone = ['packages', 'examples']
    .flatMap(inside)
    .map((folder) => [join(folder, 'README.md'), folder, 'example-']);
  // A model card has no code and no dependencies, but the app depends on all of them and on what guides use.
  const models = inside('models').map((folder) => [join(folder, 'README.md'), app, `${basename(folder)}-`]);
  const docs = ['docs', 'docs/guides']
    .flatMap(inside)
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, app, `docs-${basename(path, '.md')}-`]);
  // The root README's examples may import any package: graft depends on all of them.
  return [[join(root, 'README.md'), join(root, 'packages/graft'), 'root-'], ...alone, ...models, ...docs].flatMap(
    ([readme = '', to = '', prefix = '']) =>
      existsSync(readme)
        ? examplesIn(readFileSync(readme, 'utf8'), relative(root, readme), to).map((one) => ({
            ...one,
            file: one.file.replace('example-', prefix),
          }))
        : [],
  );
}

/**
 * Writes each example next to its package's sources, in a folder ignored by git.
 * @param {readonly Example[]} examples @param {Readonly<Record<string, string>>} files paths of the files that the code names
 */
export function writeExamples(examples, files = {}) {
  for (const folder of new Set(examples.map((one) => join(one.file, '..')))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  for (const { file, code } of examples) {
    let own = code;
    for (const [name, path] of Object.entries(files)) own = own.replaceAll(`'${name}'`, JSON.stringify(path));
    writeFileSync(file, `${own}\nexport {};\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeExamples(readmeExamples(fileURLToPath(new URL('../..', import.meta.url))));
