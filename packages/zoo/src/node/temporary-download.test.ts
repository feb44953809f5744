import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unfinishedPath } from '@graft/storage/node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDownload } from './temporary-download.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'graft-temporary-')), 'models');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

test('holds the data of one download, and leaves nothing', async () => {
  const [one, other] = [temporaryDownload(folder), temporaryDownload(folder)];
  await one.clear(); // nothing yet
  await one.append(Uint8Array.of(1, 2));
  await other.append(Uint8Array.of(9));
  await one.append(Uint8Array.of(3));
  expect(await one.read()).toEqual(Uint8Array.of(1, 2, 3));
  for (const each of [one, other]) await each.clear();
  expect(readdirSync(folder)).toEqual([]);
});
test('removes those of processes that were killed', async () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const left = unfinishedPath(join(folder, 'download')).replace(`.${process.pid}.`, `.${gone}.`);
  mkdirSync(folder);
  writeFileSync(left, 'half a gigabyte');
  const own = temporaryDownload(folder);
  await own.append(Uint8Array.of(1));
  expect(readdirSync(folder)).toHaveLength(1);
  expect(readdirSync(folder)).not.toContain(basename(left));
  await own.clear();
});
