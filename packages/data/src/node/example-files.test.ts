import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { exampleFiles, namedPaths } from './example-files.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graft-examples-')));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'deep/er'), { recursive: true });
mkdirSync(join(folder, 'none'));
const paths = ['a.wav', 'deep/er/b.WAV'].map((name) => join(folder, name));
for (const path of [...paths, join(folder, 'notes.txt'), join(folder, 'none/c.png')]) writeFileSync(path, '');
const sounds = { noun: ['sound', 'sounds'], extensions: ['.wav'] } as const;

test('a folder gives its matching files, a file itself', async () => {
  expect(await exampleFiles(folder, sounds)).toEqual(paths.map((path) => ({ path })));
  for (const path of [join(folder, 'notes.txt'), join(folder, 'missing.wav')])
    expect(await exampleFiles(path, sounds)).toEqual([{ path }]);
});
test('a folder without matching files is rejected', async () =>
  await expect(exampleFiles(join(folder, 'none'), sounds)).rejects.toThrow(
    `"${join(folder, 'none')}" contains no sounds (.wav). Give another folder, or files.`,
  ));
test('arguments are paths, and - for paths on stdin', async () => {
  const stdin = Readable.from([`one.wav\n\ntwo words.wav\r\n${join(folder, 'deep')}`]);
  const found: string[] = [];
  for await (const path of namedPaths(['x.bmp', folder, '-'], stdin)) found.push(path);
  expect(found).toEqual(['x.bmp', folder, 'one.wav', 'two words.wav', join(folder, 'deep')]);
});
