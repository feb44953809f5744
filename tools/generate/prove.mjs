// @ts-check
// `npm run generate -- --prove`: generates one of each kind in a clone of the last commit, where all checks and tests must pass. One line per step.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../build/build.mjs';

/** What to generate, with npm or with Nx. @type {readonly { by?: 'nx', args: readonly string[] }[]} */
const samples = [
  { args: ['plugin', 'soft-gate'] },
  { args: ['package', 'gate-keeping'] },
  { args: ['layer', 'gated-unit'] },
  { args: ['op', 'gated'] },
  { args: ['optimizer', 'calm-descent'] },
  { args: ['transform', 'pale'] },
  { args: ['callback', 'least-loss'] },
  { args: ['onnx-operator', 'gated-unit'] },
  { args: ['onnx-operator', 'soft-gate', '--file', 'activation'] },
  { args: ['model', 'gated-net'] },
  { by: 'nx', args: ['callback', 'loss-notes'] },
];

/** Sets the exit code if a step fails, and skips the following steps. */
export function prove() {
  const folder = mkdtempSync(join(tmpdir(), 'graft-generate-'));
  const clone = join(folder, 'clone');
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  /** @param {string} command @param {readonly string[]} args @param {string} [cwd] */
  const run = (command, args, cwd = clone) => {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NO_COLOR: '1' },
      shell: command !== 'git' && process.platform === 'win32',
      maxBuffer: 1 << 28,
    });
    return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` };
  };
  const install = (/** @type {string} */ how) =>
    run('npm', ['exec', '--yes', `--package=${packageManager}`, '--', 'pnpm', 'install', '--offline', how]);
  const generated = (/** @type {{ by?: 'nx', args: readonly string[] }} */ { by, args }) =>
    by === 'nx'
      ? run('npx', ['nx', 'generate', `@graft/nx-plugin:${args[0]}`, ...args.slice(1)])
      : run('npm', ['run', '-s', 'generate', '--', ...args]);
  const refused = () => {
    const again = samples
      .map((sample) => ({ sample, ...generated(sample) }))
      .filter(({ ok, output }) => ok || !output.includes('already exists. Choose another name.'));
    return {
      ok: again.length === 0,
      output: again.map(({ sample, output }) => `${sample.args.join(' ')}: ${output}`).join('\n'),
    };
  };
  /** @type {[string, () => { ok: boolean, output: string }][]} */
  const steps = [
    ['a clone of the last commit', () => run('git', ['clone', '--quiet', root, clone], root)],
    ['its packages', () => install('--frozen-lockfile')],
    ['built', () => run('npm', ['run', '-s', 'build'])],
    ...samples.map(
      (sample) =>
        /** @type {[string, () => { ok: boolean, output: string }]} */ ([
          `${sample.by === 'nx' ? 'nx generate' : 'npm run generate'} ${sample.args.join(' ')}`,
          () => generated(sample),
        ]),
    ),
    ['the new packages', () => install('--no-frozen-lockfile')],
    ['each a second time: rejected', refused],
    ['npm run api', () => run('npm', ['run', '-s', 'api'])],
    ['npm run check', () => run('npm', ['run', 'check'])],
    // Tests get more time and a retry, in case the machine is busy.
    ['npm test', () => run('npm', ['test', '--', '--testTimeout=60000', '--retry=2'])],
  ];
  try {
    for (const [name, step] of steps) {
      const start = performance.now();
      const { ok, output } = step();
      const result = output.match(/^\d+ passed, \d+ failed.*$/m)?.[0];
      console.log(
        `${ok ? 'passed' : 'FAILED'}  ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)${result ? `: ${result}` : ''}`,
      );
      if (ok) continue;
      console.log(output);
      process.exitCode = 1;
      return;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
