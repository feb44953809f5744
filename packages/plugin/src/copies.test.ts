import { afterEach, expect, test } from 'vitest';
import { checkCopies, noteCopy } from './copies.ts';
import { createApp } from './index.ts';

const loaded = (globalThis as unknown as { [key: symbol]: Map<string, Set<string>> })[Symbol.for('graft/copies')]!;
afterEach(() => void loaded.delete('@graft/example'));

test('a second copy of a package is reported with both locations before an app is created', async () => {
  noteCopy('@graft/example', 'file:///a/node_modules/@graft/example/dist/index.js');
  noteCopy('@graft/example', 'file:///a/node_modules/@graft/example/dist/deep/other.js');
  checkCopies();
  noteCopy('@graft/example', 'file:///b/node_modules/@graft/example/dist/index.js');
  const message =
    'There are 2 copies of @graft/example: file:///a/node_modules/@graft/example and file:///b/node_modules/@graft/example. Objects of one are incompatible with the other.';
  expect(checkCopies).toThrow(message);
  await expect(createApp([])).rejects.toThrow(message);
});
