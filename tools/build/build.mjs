// @ts-check
// Brings the wasm binaries and every package's dist up to date; returns immediately if nothing has changed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the wasm binaries if they are stale. @throws if the build fails */
export function buildWasm() {
  const script = `${root}tools/build-wasm/build-wasm.mjs`;
  if (existsSync(script)) node(script);
}

/**
 * Does what `npm run build` does through Nx, for the commands that users wait for: without output, and with one compiler for all packages, which builds a
 * fresh clone in half the time. @throws if the build fails
 */
export function build() {
  buildWasm();
  node(`${root}node_modules/typescript/bin/tsc`, '-b');
}

/** @param {string[]} args */
export function node(...args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`node ${args.join(' ').replaceAll(root, '')} failed: see the output above.`);
}
