// @ts-check
// Runs a program of this checkout, built where it is stale, in the caller's folder.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { build, node, root } from '../build/build.mjs';

/** @param {string} program its built module, from the repository's root */
export function runBuilt(program) {
  try {
    node(`${root}tools/bootstrap/bootstrap.mjs`);
    build();
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(1);
  }
  const child = spawn(process.execPath, [`${root}${program}`, ...process.argv.slice(2)], {
    cwd: process.env.INIT_CWD ?? process.cwd(), // npm runs scripts in the workspace's root
    stdio: 'inherit',
  });
  // The terminal sends Ctrl+C to both; the program decides how to end.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)]),
  );
}
