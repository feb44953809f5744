import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { put, workFolder } from '../test/workbench.ts';
import { imagePaths } from './image-paths.ts';

const folder = workFolder();

test('files as they are, folders with all below them, and a list on stdin', async () => {
  const [a, b] = [put('', folder, 'in', 'a.JPG'), put('', folder, 'in', 'deep', 'b.png')];
  put('', folder, 'in', 'notes.txt');
  const found = await imagePaths(
    ['x.bmp', join(folder, 'in'), '-'],
    Readable.from([`one.png\n\ntwo words.png\r\n${join(folder, 'in', 'deep')}`]),
  );
  expect(found).toEqual(['x.bmp', a, b, 'one.png', 'two words.png', b].map((path) => ({ path })));
});
test('nothing to look at', async () => {
  put('', folder, 'none', 'notes.txt');
  await expect(imagePaths([join(folder, 'none')])).rejects.toThrow(
    /^".*none" holds no images \(JPEG, .*\)\. Give another folder, or files\.$/,
  );
  await expect(imagePaths(['-'], Readable.from(['\n']))).rejects.toThrow('No image is named.');
});
