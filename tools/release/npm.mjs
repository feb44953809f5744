// @ts-check
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../build/build.mjs';

/** Runs npm and returns its output. @param {string[]} args @param {string} cwd the folder whose .npmrc applies @throws an error with its output */
export const npm = (args, cwd) => run('npm', args, cwd);

/** Runs the pinned pnpm and returns its output. @param {string[]} args @param {string} cwd @throws an error with its output */
export const pnpm = (args, cwd) =>
  npm(
    [
      'exec',
      '--yes',
      `--package=${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager}`,
      '--',
      'pnpm',
      ...args,
    ],
    cwd,
  );

/** The environment without the variables that npm sets for scripts, which must not leak into projects outside the workspace. */
const outside = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^(INIT_CWD|NODE_ENV|VITEST.*)$/i.test(name)),
);

/** Runs a program asynchronously and returns its output. @param {string} command @param {string[]} args @param {string} cwd @param {Record<string, string>} [environment] @throws an error with its output */
export async function run(command, args, cwd, environment = {}) {
  try {
    return (
      await promisify(execFile)(command, args, {
        cwd,
        env: { ...outside, ...environment },
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        shell: process.platform === 'win32' && command === 'npm',
        timeout: 300_000,
      })
    ).stdout;
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
}
