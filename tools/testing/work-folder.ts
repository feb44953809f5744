import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A temporary folder that is removed after the tests of a file. */
export function workFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-test-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
