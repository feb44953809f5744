import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** Creates a temporary folder that is removed after the tests of the file. */
export function workFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-run-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a file and its parent folders, and returns its path. */
export function put(content: Uint8Array | string, ...path: string[]): string {
  const file = join(...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}
