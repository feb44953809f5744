import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { moduleFolders } from './module-folders.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'graft-modules-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (...parts: readonly string[]): string => {
  const path = join(root, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
};
const below = (path: string): string[] => moduleFolders(path).map((one) => one.replace(root, ''));

beforeEach(() => void vi.stubEnv('NODE_PATH', ''));
afterEach(() => void vi.unstubAllEnvs());

test('the folders of NODE_PATH come last', () => {
  vi.stubEnv('NODE_PATH', ['/a', '/b'].join(delimiter));
  expect(below(folder('alone'))).toEqual(['/alone/node_modules', '/a', '/b']);
});
test('ends at the project', () => {
  writeFileSync(join(folder('shared', 'project'), 'package.json'), '{}');
  expect(below(folder('shared', 'project', 'src'))).toEqual([
    '/shared/project/src/node_modules',
    '/shared/project/node_modules',
  ]);
  expect(below(folder('shared', 'photos'))).toEqual(['/shared/photos/node_modules']); // not a project
});
test('ends at the workspace of a project', () => {
  writeFileSync(join(folder('npm'), 'package.json'), '{ "workspaces": ["apps/*"] }');
  writeFileSync(join(folder('npm', 'apps', 'one'), 'package.json'), '{}');
  writeFileSync(join(folder('pnpm'), 'pnpm-workspace.yaml'), '');
  writeFileSync(join(folder('pnpm', 'one'), 'package.json'), '{}');
  expect(below(join(root, 'npm/apps/one'))).toEqual([
    '/npm/apps/one/node_modules',
    '/npm/apps/node_modules',
    '/npm/node_modules',
  ]);
  expect(below(join(root, 'pnpm/one'))).toEqual(['/pnpm/one/node_modules', '/pnpm/node_modules']);
});
test('ends at the installation of an installed package', () =>
  expect(below(folder('lib', 'node_modules', '@graft', 'finetune', 'dist'))).toEqual([
    '/lib/node_modules/@graft/finetune/dist/node_modules',
    '/lib/node_modules/@graft/finetune/node_modules',
    '/lib/node_modules/@graft/node_modules',
    '/lib/node_modules',
  ]));
test.skipIf(process.platform === 'win32')('ends before a folder that others can write to', () => {
  const open = folder('open');
  writeFileSync(join(open, 'package.json'), '{ "workspaces": ["project"] }');
  writeFileSync(join(folder('open', 'project'), 'package.json'), '{}');
  chmodSync(open, 0o1777);
  expect(below(join(root, 'open/project'))).toEqual(['/open/project/node_modules']);
  expect(below(open)).toEqual([]);
});
