import { expect, test } from 'vitest';
import { memoryStorage } from './memory-storage.ts';

test('writes, lists, reads and removes like a folder', async () => {
  const storage = memoryStorage();
  const bytes = Uint8Array.of(1, 2);
  await storage.write('run/a/x', bytes);
  await storage.write('run/b', bytes);
  bytes[0] = 9; // a copy was kept
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
