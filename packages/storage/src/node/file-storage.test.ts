import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fileStorage } from './file-storage.ts';

let base: string;
let root: string;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'graft-storage-')));
  root = join(base, 'root');
  mkdirSync(root);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(base, { recursive: true, force: true });
});

test('writes, reads, lists and removes files, and creates folders as needed', async () => {
  const storage = fileStorage(join(root, 'not', 'yet'));
  expect(await storage.list('')).toEqual([]);
  await storage.write('run/b.txt', bytes('b'));
  await storage.write('run/a.txt', bytes('old'));
  await storage.write('run/a.txt', bytes('a'));
  expect(new TextDecoder().decode(await storage.read('run/a.txt'))).toBe('a');
  expect(await storage.list('run')).toEqual(['a.txt', 'b.txt']);
  expect(await storage.exists('run/a.txt')).toBe(true);
  await storage.remove('run/a.txt');
  await storage.remove('run/never-there.txt');
  expect(await storage.exists('run/a.txt')).toBe(false);
  await storage.remove('run');
  expect(await storage.list('')).toEqual([]);
});

test('rejects paths that leave the folder', async () => {
  const storage = fileStorage(root);
  writeFileSync(join(base, 'secret'), 'secret');
  for (const path of ['../secret', 'a/../../secret', '/etc/passwd', 'C:\\secret', 'a\\..\\secret', 'a\0b'])
    for (const act of [
      () => storage.read(path),
      () => storage.write(path, bytes('x')),
      () => storage.exists(path),
      () => storage.list(path),
      () => storage.remove(path),
    ])
      await expect(act()).rejects.toThrow(/is not inside ".*root"\. Pass a relative path/);
  expect(readFileSync(join(base, 'secret'), 'utf8')).toBe('secret');
});

test('rejects links that leave the folder, and follows others', async () => {
  const storage = fileStorage(root);
  mkdirSync(join(base, 'outside'));
  mkdirSync(join(root, 'inside'));
  symlinkSync(join(base, 'outside'), join(root, 'out'), 'junction');
  symlinkSync(join(root, 'inside'), join(root, 'in'), 'junction');
  await expect(storage.write('out/new.txt', bytes('x'))).rejects.toThrow(
    /leads through a link to ".*outside.*", which is outside/,
  );
  await storage.write('in/new.txt', bytes('x'));
  expect(await storage.list('inside')).toEqual(['new.txt']);
  expect(readdirSync(join(base, 'outside'))).toEqual([]);
});

test('does not write through a broken link', async () => {
  symlinkSync(join(base, 'later'), join(root, 'dangling'), 'junction');
  await expect(fileStorage(root).write('dangling', bytes('x'))).rejects.toThrow('is a broken link');
});

test('the folder itself cannot be removed', async () => {
  await expect(fileStorage(root).remove('')).rejects.toThrow('would remove the whole folder');
});

test('the error for a missing file names it', () =>
  expect(fileStorage(root).read('weights.bin')).rejects.toThrow(
    /Cannot read ".*weights\.bin": there is no such file\. Check the path\./,
  ));

test('a file in place of a folder is rejected', async () => {
  await fileStorage(root).write('a', bytes('file'));
  await expect(fileStorage(root).write('a/b', bytes('x'))).rejects.toThrow(
    /Cannot write ".*b": a part of the path is a file/,
  );
});

test.runIf(process.platform === 'linux')('a folder that does not accept subfolders is rejected', () =>
  expect(fileStorage('/proc/graft').write('a/b', bytes('x'))).rejects.toThrow(
    'Cannot write "/proc/graft/a/b": the system does not permit it. Change the permissions, or choose another folder.',
  ),
);

test('a folder in place of a file is rejected, without leaving a temporary file', async () => {
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'a', 'kept'), '');
  await expect(fileStorage(root).write('a', bytes('x'))).rejects.toThrow(/Cannot write ".*a": it is a folder/);
  expect(readdirSync(root)).toEqual(['a']);
});

for (const [code, way] of [
  ['ENOSPC', 'the disk is full. Free some space, or choose a folder on another disk.'],
  ['EACCES', 'permission is denied. Change the permissions, or choose another folder.'],
] as const)
  test(`after ${code}, the old file is kept, the new one removed, and the error suggests a solution`, async () => {
    const storage = fileStorage(root);
    await storage.write('model.onnx', bytes('old'));
    const handle = await open(join(root, 'model.onnx'));
    const prototype = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
    await handle.close();
    vi.spyOn(prototype, 'sync').mockRejectedValue(Object.assign(new Error(`${code}: no`), { code }));
    await expect(storage.write('model.onnx', bytes('new'))).rejects.toThrow(
      `Cannot write "${join(root, 'model.onnx')}": ${way}`,
    );
    expect(readdirSync(root)).toEqual(['model.onnx']);
    expect(readFileSync(join(root, 'model.onnx'), 'utf8')).toBe('old');
  });

test('readers never see a partial file', async () => {
  const storage = fileStorage(root);
  const versions = [new Uint8Array(300_000).fill(1), new Uint8Array(200_000).fill(2)];
  await storage.write('x', versions[0]!);
  let writing = true;
  const writes = (async () => {
    for (let i = 0; i < 10; i++) await storage.write('x', versions[i % 2]!);
    writing = false;
  })();
  while (writing) {
    const seen = await storage.read('x');
    expect(seen.length).toBe(seen[0] === 1 ? 300_000 : 200_000);
    expect(seen.at(-1)).toBe(seen[0]);
  }
  await writes;
});

test('temporary files of a killed process are not listed', async () => {
  writeFileSync(join(root, '.x.0a1b2c.unfinished'), 'half');
  expect(await fileStorage(root).list('')).toEqual([]);
});
