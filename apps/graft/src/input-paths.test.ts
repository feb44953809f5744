import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { put, workFolder } from '../test/workbench.ts';
import { imageEndings } from '@graft/tasks';
import { inputPaths } from './input-paths.ts';

const folder = workFolder();
const images = { noun: ['image', 'images'], extensions: imageEndings } as const;

test('files, folders with their subfolders, and paths on stdin', async () => {
  const [a, b] = [put('', folder, 'in', 'a.JPG'), put('', folder, 'in', 'deep', 'b.png')];
  put('', folder, 'in', 'notes.txt');
  const found = await inputPaths(
    ['x.bmp', join(folder, 'in'), '-'],
    images,
    Readable.from([`one.png\n\ntwo words.png\r\n${join(folder, 'in', 'deep')}`]),
  );
  expect(found).toEqual(['x.bmp', a, b, 'one.png', 'two words.png', b].map((path) => ({ path })));
});
test('inputs without files', async () => {
  put('', folder, 'none', 'notes.txt');
  await expect(inputPaths([join(folder, 'none')], images)).rejects.toThrow(
    /^".*none" contains no images \(\.jpg, .*\)\. Give another folder, or files\.$/,
  );
  await expect(inputPaths(['-'], images, Readable.from(['\n']))).rejects.toThrow('There are no images to read.');
});
