import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unfinishedPath } from '@graft/storage/node';
import { keptFiles, pruneModels } from './kept-files.ts';
import { partFile } from './part-file.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'graft-kept-'));
  mkdirSync(join(cache, 'models'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));
const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
/** The number of an ended process. */
const gone = spawnSync(process.execPath, ['-e', '']).pid;
const file = (name: string): string => {
  const path = join(cache, 'models', name);
  writeFileSync(path, 'abc');
  return path;
};

test('lists and removes only files of downloads', async () => {
  const [kept, old, dead, running, foreign] = [
    file(`${one}.onnx`),
    file(`${two}.onnx`),
    file(`${one}.${gone}.part`),
    file(`${two}.${process.ppid}.part`),
    file('notes.txt'),
  ];
  expect((await keptFiles(cache)).map(({ path }) => path).sort()).toEqual([kept, old, dead, running].sort());
  expect((await pruneModels(new Set([one]), cache)).map(({ path }) => path).sort()).toEqual([old, dead].sort());
  expect([kept, running, foreign].every(existsSync)).toBe(true);
  expect(await keptFiles(join(cache, 'none'))).toEqual([]);
});
test('files of interrupted writes count and are removed, those of running ones are not', async () => {
  const running = basename(unfinishedPath(`${one}.onnx`));
  const [written, dead] = [file(running), file(running.replace(`.${process.pid}.`, `.${gone}.`))];
  expect(await keptFiles(cache)).toEqual(
    [written, dead].toSorted().map((path) => ({ path, bytes: 3, sha256: undefined })),
  );
  expect(await pruneModels(new Set(), cache)).toEqual([{ path: dead, bytes: 3, sha256: undefined }]);
  expect(existsSync(written)).toBe(true);
});
test('partial files of ended processes are taken over, those in use are not', async () => {
  file(`${one}.${gone}.part`);
  file(`${two}.${process.ppid}.part`);
  const partial = partFile(join(cache, 'models'), one);
  expect(await partial.read()).toEqual(new TextEncoder().encode('abc'));
  await partial.append(new TextEncoder().encode('d'));
  expect(new TextDecoder().decode(await partial.read())).toBe('abcd');
  expect(await partFile(join(cache, 'models'), two).read()).toBeUndefined();
  await partial.clear();
  expect(await partial.read()).toBeUndefined();
});
