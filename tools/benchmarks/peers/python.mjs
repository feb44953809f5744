// @ts-check
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The JSON output of one of the Python scripts here; undefined if Python lacks what it imports. The environment variable PYTHON names another Python. */
export function runPython(/** @type {string} */ script, /** @type {(string | number)[]} */ ...args) {
  const { status, stdout } = spawnSync(
    process.env['PYTHON'] ?? '/usr/bin/python3',
    [fileURLToPath(new URL(script, import.meta.url)), ...args.map(String)],
    { encoding: 'utf8' },
  );
  return status === 0 ? JSON.parse(stdout) : undefined;
}
