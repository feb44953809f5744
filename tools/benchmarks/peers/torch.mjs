// @ts-check
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The JSON output of one of the Python scripts here; undefined if PyTorch is not installed. */
export function runTorch(/** @type {string} */ script, /** @type {(string | number)[]} */ ...args) {
  const { status, stdout } = spawnSync(
    '/usr/bin/python3',
    [fileURLToPath(new URL(script, import.meta.url)), ...args.map(String)],
    { encoding: 'utf8' },
  );
  return status === 0 ? JSON.parse(stdout) : undefined;
}
