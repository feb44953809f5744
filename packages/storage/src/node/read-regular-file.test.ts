import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inFolder } from '../in-folder.ts';
import { fileStorage } from './file-storage.ts';
import { digestRegularFile, readRegularFile } from './read-regular-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-regular-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('reads files, also through links', async () => {
  writeFileSync(join(folder, 'a'), 'abc');
  symlinkSync(join(folder, 'a'), join(folder, 'link'));
  for (const name of ['a', 'link'])
    expect(await readRegularFile(join(folder, name))).toEqual(new TextEncoder().encode('abc'));
  await expect(readRegularFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  mkdirSync(join(folder, 'inner'));
  await expect(readRegularFile(join(folder, 'inner'))).rejects.toMatchObject({ code: 'EISDIR' });
});
test('a file above the limit is not read', async () => {
  writeFileSync(join(folder, 'long'), 'abcd');
  expect(await readRegularFile(join(folder, 'long'), { maxBytes: 4 })).toHaveLength(4);
  await expect(readRegularFile(join(folder, 'long'), { maxBytes: 3 })).rejects.toMatchObject({
    code: 'EFBIG',
    message: expect.stringContaining('has 4 bytes, more than 3') as string,
  });
});
test.skipIf(process.platform === 'win32')('does not wait for pipes, sockets and devices', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const server = createServer().listen(join(folder, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  symlinkSync('/dev/zero', join(folder, 'device'));
  for (const name of ['pipe', 'socket', 'device'])
    await expect(readRegularFile(join(folder, name))).rejects.toMatchObject({ code: 'ESPIPE' });
  await expect(fileStorage(folder).read('pipe')).rejects.toThrow('is a pipe, a socket or a device');
  server.close();
});
test('digests a file in parts', async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
  writeFileSync(join(folder, 'large'), bytes);
  const expected = createHash('sha256').update(bytes).digest('hex');
  expect(await digestRegularFile(join(folder, 'large'))).toBe(expected);
  expect(await inFolder(fileStorage(join(folder, '..')), basename(folder)).sha256!('large')).toBe(expected);
  await expect(fileStorage(folder).sha256!('none')).rejects.toThrow('there is no such file');
  await expect(fileStorage(folder).sha256!('inner')).rejects.toThrow('it is a folder');
});
