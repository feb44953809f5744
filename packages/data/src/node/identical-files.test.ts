import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identicalFiles } from './identical-files.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'graft-identical-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('groups files by content, regardless of their names', async () => {
  const paths = ['abc', 'abd', 'abc', 'x', '', 'abc', ''].map((content, i) => {
    const path = join(folder, `${i}.jpg`);
    writeFileSync(path, content);
    return path;
  });
  expect(await identicalFiles([...paths, join(folder, 'none'), folder])).toEqual([
    [0, 2, 5],
    [4, 6],
  ]);
  expect(await identicalFiles([])).toEqual([]);
});
