// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ readme: string, line: number, code: string, file: string, expected: string[], run: boolean }} Example
 * `file` is where {@link writeExamples} puts the code; `expected` what its `console.log(…); // text` lines say is printed.
 */

/**
 * The ```ts blocks of a README. One that starts with ```ts no-run is checked for types only.
 * @param {string} text @param {string} readme @param {string} folder where the code goes, so that its imports resolve
 * @returns {Example[]}
 */
export function examplesIn(text, readme, folder) {
  return [...text.matchAll(/^```ts( no-run)?\r?\n([\s\S]*?)^```/gm)].map((match, index) => ({
    readme,
    line: text.slice(0, match.index).split('\n').length,
    code: match[2] ?? '',
    file: join(folder, `.cache/readme/example-${index + 1}.ts`),
    expected: [...(match[2] ?? '').matchAll(/console\.log\(.*\);? *\/\/ (.+)$/gm)].map((comment) => (comment[1] ?? '').trim()),
    run: match[1] === undefined,
  }));
}

/** Spaces inside brackets and line breaks are the printer's own. @param {string} text */
const plain = (text) => text.trim().replace(/\s+/g, ' ').replace(/([[{(]) /g, '$1').replace(/ ([\]})])/g, '$1');

/** Whether a printed line is what the comment promises, in which `…` stands for anything. @param {string} promise @param {string} printed */
export const keeps = (promise, printed) =>
  new RegExp(`^${plain(promise).split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`, 's').test(plain(printed));

/** Every example of the root README, and of each package's, plugin's and model's. @param {string} root @returns {Example[]} */
export function readmeExamples(root) {
  const inside = (/** @type {string} */ kind) => (existsSync(join(root, kind)) ? readdirSync(join(root, kind)).map((name) => join(root, kind, name)) : []);
  const alone = ['packages', 'plugins'].flatMap(inside).map((folder) => [folder, folder, 'example-']);
  // A model's card has no code and depends on nothing: the app depends on all of them.
  const models = inside('models').map((folder) => [folder, join(root, 'apps/finetune'), `${basename(folder)}-`]);
  // The root README's examples may import any package: graft depends on all of them.
  return [[root, join(root, 'packages/graft'), 'root-'], ...alone, ...models].flatMap(([from = '', to = '', prefix = '']) => {
    const readme = join(from, 'README.md');
    if (!existsSync(readme)) return [];
    return examplesIn(readFileSync(readme, 'utf8'), relative(root, readme), to).map((one) => ({ ...one, file: one.file.replace('example-', prefix) }));
  });
}

/** Writes each example beside its package's sources, in a folder git ignores. @param {readonly Example[]} examples */
export function writeExamples(examples) {
  for (const folder of new Set(examples.map((one) => join(one.file, '..')))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  for (const { file, code } of examples) writeFileSync(file, `${code}\nexport {};\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeExamples(readmeExamples(fileURLToPath(new URL('../..', import.meta.url))));
