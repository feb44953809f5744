import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { differences } from './differences.mjs';
import { markdown } from './markdown.mjs';
import { readPages, writePages } from './pages.mjs';
import { publishedPackages } from './published.mjs';
import { readApi } from './read-api.mjs';
import { undocumented } from './undocumented.mjs';

const root = mkdtempSync(join(tmpdir(), 'graft-api-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const manifest = (name: string, more: object = {}) =>
  JSON.stringify({
    name,
    description: `What ${name} is.`,
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts' } },
    ...more,
  });
const steps = `
/** Steps a distance; see {@link Stepper}. A < B. @throws if it is too far */
export declare function step(distance: Far): void;
/** Walks. */
export declare class Stepper extends Base<number> {
    #private;
    /** Known to nobody. */
    private readonly secret;
    readonly stride: number;
    protected rest(): void;
    private hidden(): Unnamed;
}
declare class Base<T> {
    /** Its legs. */
    legs: T;
}
interface Unnamed { a: 1 }
type Far = number | Again;
type Again = { of: Far };
declare const plugin: { name: string };
export default plugin;
export declare const bare: number, pace: (x: number) => import("./steps.ts").Stepper;
`;
const house: Record<string, string> = {
  'packages/walk/package.json': manifest('@graft/walk', {
    exports: { '.': { types: './dist/index.d.ts' }, './node': { types: './dist/node.d.ts' } },
  }),
  'packages/walk/dist/index.d.ts': "export { step, Stepper, default as walkPlugin, bare, pace } from './steps.ts';\n",
  'packages/walk/dist/steps.d.ts': steps,
  'packages/walk/dist/node.d.ts':
    "export { Stepper } from './steps.ts';\n/** Kinds of ground. */\nexport type Ground = 'sand' | 'grass';\n",
  'packages/tour/package.json': manifest('@graft/tour'),
  'packages/tour/dist/index.d.ts':
    "export * from '../../walk/dist/index.ts';\nexport * as walking from '../../walk/dist/index.ts';\n/** Goes round. */\nexport interface Tour { readonly stops: 3 }\n",
  'packages/ours/package.json': manifest('@graft/ours', { private: true }),
  'apps/tool/package.json': JSON.stringify({ name: 'tool', bin: { tool: './dist/main.js' } }),
};

/** The packages of a house in which some files are others. */
function apiOf(changes: Record<string, string> = {}) {
  rmSync(root, { recursive: true, force: true });
  for (const [path, text] of Object.entries({ ...house, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readApi(publishedPackages(root));
}
const pagesOf = (changes: Record<string, string> = {}) => markdown(apiOf(changes));
const changed = (from: string, to: string) => {
  expect(steps).toContain(from);
  return { 'packages/walk/dist/steps.d.ts': steps.replace(from, to) };
};

test('a page has signatures by kind, with docstrings as text, and no private members', () => {
  const page = pagesOf().get('walk.md')!;
  expect(page).toContain(
    '### Functions\n\n#### pace\n\n```ts\nconst pace: (x: number) => Stepper;\n```\n\n#### step\n\nSteps a distance; see `Stepper`. A \\< B.\n\n* Throws if it is too far\n\n```ts\nfunction step(distance: Far): void;\n```\n',
  );
  expect(page).toContain(
    '```ts\nclass Stepper extends Base<number> {\n  readonly stride: number;\n  protected rest(): void;\n}\n```',
  );
  expect(page).toContain('const walkPlugin: { name: string };');
  for (const hidden of ['secret', 'hidden', 'Known to nobody', '#private', 'Unnamed', 'steps.ts', root])
    expect(page).not.toContain(hidden);
});
test('types used by declarations but not exported are listed too', () => {
  const page = pagesOf().get('walk.md')!;
  const [, hidden = ''] = page.split('## Named above, not exported');
  expect([...hidden.matchAll(/^#### (.*)$/gm)].map(([, name]) => name)).toEqual(['Again', 'Base', 'Far']);
});
test('what comes from another entry point or package is named with a link', () => {
  const pages = pagesOf();
  expect(pages.get('walk.md')).toContain('## @graft/walk/node\n\n### Types\n\n#### Ground');
  expect(pages.get('walk.md')).toContain('### From elsewhere\n\n* [`@graft/walk`](walk.md): `Stepper`');
  expect(pages.get('tour.md')).toContain(
    '* [`@graft/walk`](walk.md): all of it as `walking`, `bare`, `pace`, `step`, `Stepper`, `walkPlugin`',
  );
  expect([...pages.keys()]).toEqual(['README.md', 'tour.md', 'walk.md']);
});
test('the same declarations give the same bytes, and are stored unchanged', () => {
  const pages = pagesOf();
  const folder = join(root, 'docs/api');
  writePages(folder, new Map([['stale.md', 'x']]));
  writePages(folder, pages);
  expect(readPages(folder)).toEqual(pages);
  expect(differences(readPages(folder), pagesOf())).toEqual([]);
});
test.each([
  [
    'a signature',
    changed('step(distance: Far)', 'step(distance: Far, pace?: number)'),
    ['walk.md: step of @graft/walk (changed)'],
  ],
  [
    'a member',
    changed('readonly stride: number', 'readonly stride: bigint'),
    ['walk.md: Stepper of @graft/walk (changed)'],
  ],
  ['a docstring', changed('Walks.', 'Walks on.'), ['walk.md: Stepper of @graft/walk (changed)']],
  [
    'a type that is not exported',
    changed('number | Again', 'bigint | Again'),
    ['walk.md: Far of Named above, not exported (changed)'],
  ],
  ['a private member', changed('private hidden(): Unnamed', 'private concealed(): Far'), []],
  [
    'a removed export',
    { 'packages/walk/dist/node.d.ts': "export { Stepper } from './steps.ts';\n" },
    ['README.md: API reference (changed)', 'walk.md: Ground of @graft/walk/node (gone)'],
  ],
])('%s that differs is reported', (_, change, names) => {
  const [before, after] = [pagesOf(), pagesOf(change)];
  expect(differences(before, after)).toEqual(names);
});
test('exports without a docstring are listed; an interface whose members all have one needs none', () => {
  expect(undocumented(apiOf())).toEqual(['@graft/walk: bare', '@graft/walk: pace', '@graft/walk: walkPlugin']);
  const options = (members: string) => ({
    'packages/walk/dist/node.d.ts': `export interface Options {\n/** Its width. */\na: 1;\n${members} }\n`,
  });
  expect(undocumented(apiOf(options('')))).toHaveLength(3);
  expect(undocumented(apiOf(options('b: 2')))).toContain('@graft/walk/node: Options');
});
test('a package that is not built is named', () => {
  apiOf();
  rmSync(join(root, 'packages/walk/dist/node.d.ts'));
  expect(() => publishedPackages(root)).toThrow(
    '@graft/walk/node has no /packages/walk/dist/node.d.ts: run npm run build.',
  );
});
