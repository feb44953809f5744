import { expect, test } from 'vitest';
import { inFolder } from './in-folder.ts';
import { memoryStorage } from './memory-storage.ts';

test('memory storage writes, lists, reads and removes files', async () => {
  const storage = memoryStorage();
  const bytes = Uint8Array.of(1, 2);
  await storage.write('run/a/x', bytes);
  await storage.write('run/b', bytes);
  bytes[0] = 9; // the storage has its own copy
  expect(await storage.list('run')).toEqual(['a', 'b']);
  expect(await storage.list('')).toEqual(['run']);
  expect(await storage.read('run/b')).toEqual(Uint8Array.of(1, 2));
  expect([await storage.exists('run'), await storage.exists('run/a/x'), await storage.exists('ru')]).toEqual([
    true,
    true,
    false,
  ]);
  await storage.remove('run/a');
  expect(await storage.list('run')).toEqual(['b']);
  await expect(storage.read('run/a/x')).rejects.toThrow('Cannot read "run/a/x": there is no such file in memory.');
});
test('only one holder can have the lock', async () => {
  const storage = memoryStorage();
  const release = await storage.lock();
  await expect(storage.lock()).rejects.toThrow('Another run is using this memory storage.');
  await release();
  await (
    await storage.lock()
  )();
});
test('inFolder turns a folder into a storage', async () => {
  const outer = memoryStorage();
  const inner = inFolder(outer, 'runs/first');
  await inner.write('a/x', Uint8Array.of(1));
  expect(await outer.list('runs/first')).toEqual(['a']);
  expect([await inner.size('a/x'), await inner.size('b'), inner.location]).toEqual([1, undefined, 'memory/runs/first']);
  await inner.remove('a');
  expect(await inner.list('')).toEqual([]);
});
