import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ModelCard } from '../model-card.ts';
import { checkLock, lockName, pinModel, readLock } from './model-lock.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'graft-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const card = (name: string, digit: string): ModelCard =>
  ({ name, source: 'file:x', bytes: 1, sha256: digit.repeat(64) }) as ModelCard;

test('models are pinned by name, in alphabetical order', async () => {
  await pinModel(folder, card('b', '1'));
  await pinModel(folder, card('a', '2'));
  expect(Object.keys((JSON.parse(readFileSync(join(folder, lockName), 'utf8')) as { models: object }).models)).toEqual([
    'a',
    'b',
  ]);
  const lock = await readLock(folder);
  checkLock(lock, card('a', '2'));
  checkLock(lock, card('other', '2'));
  checkLock(lock, card('constructor', '2'));
  expect(() => checkLock(lock, card('a', '3'))).toThrow(
    `The model "a" differs from the file pinned in this project: SHA-256 ${'3'.repeat(64)}, but graft-models.lock.json has ${'2'.repeat(64)}.`,
  );
});
test.skipIf(process.platform === 'win32')('a pipe in place of the lock file is refused', async () => {
  execFileSync('mkfifo', [join(folder, lockName)]);
  await expect(readLock(folder)).rejects.toThrow(
    'is a pipe, a socket or a device. Remove it, and pin the models again',
  );
});
test('a folder without a lock file has no pins', async () => expect(await readLock(folder)).toEqual({}));
test.each([
  ['{', 'it is not JSON'],
  ['{}', 'there is no object under "models"'],
  ['null', 'there is no object'],
  ['{"models":{"a":{"source":"x"}}}', '"a" lacks its source, bytes or sha256'],
  ['{"models":{"a":null}}', '"a" lacks'],
])('the lock file %s is rejected', async (text, reason) => {
  writeFileSync(join(folder, lockName), text);
  await expect(readLock(folder)).rejects.toThrow(reason);
});
