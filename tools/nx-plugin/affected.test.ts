import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { root } from '../build/build.mjs';

const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');

/** The output of Nx, as JSON. */
function ask(...args: string[]): unknown {
  const output = execFileSync(process.execPath, [nx, ...args, '--json'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NX_NO_CLOUD: 'true' },
  });
  return JSON.parse(output);
}

/** The projects whose tests `nx affected -t test` runs if a file changes. */
const affectedBy = (file: string): string[] =>
  (ask('show', 'projects', '--affected', '--with-target=test', `--files=${file}`) as string[]).sort();

/** Their tests read any file of the repository. */
const readers = ['@graft/generate', '@graft/nx-plugin', 'test', 'tools/style'];
/** They run the graft command, with the plugins that its tests use. */
const command = [
  '@graft/audit',
  '@graft/cli',
  '@graft/fuzz',
  '@graft/kill-test',
  '@graft/soak',
  'graft-plugin-gauges',
  'tools/damage-test',
];

test.each([
  ['a package', 'packages/dashboard/src/live-view.ts', ['@graft/dashboard', ...command]],
  [
    'a package that others build on',
    'packages/tensorboard/src/event-log.ts',
    [
      '@graft/tensorboard',
      '@graft/finetune',
      '@graft/graft',
      '@graft/demo',
      '@graft/recipes',
      'graft-plugin-swish',
      ...command,
    ],
  ],
  ['an example', 'examples/mish/src/index.ts', ['graft-plugin-mish']],
  ['a tool', 'tools/architecture/layers.mjs', ['tools/architecture']],
  ['a page', 'README.md', []],
  [
    'a page that tests read',
    'docs/api/tensor.md',
    ['@graft/graft', '@graft/demo', '@graft/recipes', 'graft-plugin-swish', ...command],
  ],
])('a change in %s runs the tests of what depends on it', { timeout: 120_000 }, (_, file, projects) =>
  expect(affectedBy(file)).toEqual([...projects, ...readers].sort()),
);

test('every project with tests has a target that runs them', { timeout: 120_000 }, () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  const folders = new Set(files.map((file) => /^(test|[^/]+\/[^/]+)\//.exec(file)?.[1]));
  expect(ask('show', 'projects', '--with-target=test')).toHaveLength(folders.size);
});
