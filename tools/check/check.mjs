// @ts-check
// `npm run check`: all checks of this repository except the tests, one line per step. A failed step prints the output of its tool.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../build/build.mjs';

/** @typedef {{ ok: boolean, output: string }} Result */

/** @param {string} command @param {string[]} args @returns {Result} */
function run(command, ...args) {
  // npm is a .cmd file on Windows, which only a shell starts.
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: command === 'npm' && process.platform === 'win32',
    maxBuffer: 1 << 28,
  });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` };
}
const node = (/** @type {string[]} */ ...args) => run(process.execPath, ...args);

/** The first failure, or success. @param {(() => Result)[]} steps @returns {Result} */
function inOrder(...steps) {
  for (const step of steps) {
    const result = step();
    if (!result.ok) return result;
  }
  return { ok: true, output: '' };
}

/** The script that a development dependency's command starts. @param {string} dependency @param {string} command */
function bin(dependency, command = dependency) {
  const folder = join(root, 'node_modules', dependency);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[command]);
}

/** The packages as published, one archive each. */
const packed = mkdtempSync(join(tmpdir(), 'graft-packed-'));

/** @param {(archive: string) => Result} check @returns {Result} */
function everyArchive(check) {
  const archives = readdirSync(packed).filter((file) => file.endsWith('.tgz'));
  if (archives.length === 0) return { ok: false, output: 'No package was packed.\n' };
  const failed = archives.map((file) => ({ file, ...check(join(packed, file)) })).filter((one) => !one.ok);
  return { ok: failed.length === 0, output: failed.map((one) => `${one.file}\n${one.output}`).join('\n') };
}

/** @type {Record<string, () => Result>} */
const steps = {
  build: () => node('tools/build/build.mjs'),
  'types of tests and tools': () => node(bin('typescript', 'tsc'), '-p', 'tsconfig.test.json'),
  'types of README examples': () =>
    inOrder(
      () => node('tools/readme/readme-examples.mjs'),
      () => node(bin('typescript', 'tsc'), '-p', 'tsconfig.readme.json'),
    ),
  'declarations without skipLibCheck': () => node('tools/release/declarations.mjs'),
  'API reference': () => node('tools/api/api.mjs', '--check'),
  format: () => {
    const result = node(bin('oxfmt'), '--check');
    return result.ok ? result : { ok: false, output: `${result.output}Run npm run format.\n` };
  },
  lint: () => node(bin('oxlint'), '--type-aware', '--deny-warnings'),
  wording: () => node('tools/style/style.mjs'),
  architecture: () => node(bin('vitest'), 'run', 'test/architecture.test.ts'),
  'unused files, exports and dependencies': () => node(bin('knip'), '--no-progress', '--no-config-hints'),
  'lockfile without addresses': () => ({
    ok: !/https?:\/\//.test(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')),
    output: 'pnpm-lock.yaml contains an address: install with the default registry settings of this repository.\n',
  }),
  pack: () => {
    const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return run(
      'npm',
      'exec',
      '--yes',
      `--package=${packageManager}`,
      '--',
      'pnpm',
      '-r',
      '--filter',
      './packages/*',
      'pack',
      '--pack-destination',
      packed,
    );
  },
  publint: () => everyArchive((archive) => node(bin('publint'), 'run', archive, '--strict')),
  'are the types wrong': () =>
    everyArchive((archive) =>
      node(bin('@arethetypeswrong/cli', 'attw'), archive, '--profile', 'esm-only', '--no-definitely-typed'),
    ),
  'each package alone': () => node('tools/release/alone.mjs'),
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  const start = performance.now();
  const { ok, output } = step();
  if (!ok) failed++;
  console.log(`${ok ? 'passed' : 'FAILED'}  ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (!ok) console.log(output);
}
rmSync(packed, { recursive: true, force: true });
console.log(`${Object.keys(steps).length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
