import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileStorage } from './file-storage.ts';
import { isAbandoned, sweepUnfinished, unfinishedPath } from './unfinished-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-unfinished-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const own = (): string => unfinishedPath(join(folder, 'model.onnx'));
/** The number of a process that has ended. */
const ended = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const of = (pid: number): string => own().replace(`.${process.pid}.`, `.${pid}.`);

test('a temporary file is abandoned when its process has ended, and only on its own machine', () => {
  expect(isAbandoned(basename(own()))).toBe(false);
  expect(isAbandoned(basename(of(ended())))).toBe(true);
  expect(isAbandoned(basename(of(ended())).replace(/\.[0-9a-f]{8}\./, '.00000000.'))).toBe(false);
  for (const name of ['model.onnx', '.x.unfinished', `.x.${ended()}.unfinished`]) expect(isAbandoned(name)).toBe(false);
});
test('abandoned files are removed when the folder is next written to', async () => {
  const [living, abandoned, nested] = [own(), of(ended()), join(folder, 'nested')];
  for (const path of [living, abandoned]) writeFileSync(path, 'half');
  await sweepUnfinished(nested); // a folder that does not exist
  await fileStorage(folder).write('nested/a', new Uint8Array());
  expect(readdirSync(folder)).toContain(basename(abandoned)); // another folder
  await fileStorage(folder).write('a', new Uint8Array());
  expect(new Set(readdirSync(folder))).toEqual(new Set([basename(living), 'a', 'nested']));
});
