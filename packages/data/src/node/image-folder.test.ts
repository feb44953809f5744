import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Loader } from '../loader.ts';
import { imageFolder } from './image-folder.ts';

let base: string;
let root: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'graft-folder-')));
  root = join(base, 'photos');
  mkdirSync(root);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}

test('a folder a class, sorted by name', async () => {
  put('dog/b.JPG', 'dog/a.png', 'cat/1.webp', 'Ant/x.jpeg', 'dog/10.png', 'dog/9.png');
  const folder = await imageFolder(root);
  expect(folder.classes).toEqual(['Ant', 'cat', 'dog']);
  expect([...folder.labels]).toEqual([0, 1, 2, 2, 2, 2]);
  expect(folder.length).toBe(6);
  expect(folder.get(2)).toEqual({ input: join(root, 'dog', '10.png'), label: 2, path: join(root, 'dog', '10.png') });
  expect(() => folder.get(6)).toThrow('There is no sample 6');
});
test('hidden files are passed over, others are listed', async () => {
  put('a/1.png', 'b/1.png', 'b/notes.txt', 'b/deeper/2.png', 'readme.md', '.DS_Store', 'a/.hidden.png', '.git/x.png');
  const folder = await imageFolder(root);
  expect(folder.length).toBe(2);
  expect(folder.ignored).toEqual(['readme.md', join('b', 'deeper'), join('b', 'notes.txt')]);
});
test('fewer than two classes', async () => {
  await expect(imageFolder(root)).rejects.toThrow(
    /must hold a folder of images for each of two or more classes, such as .*1\.jpg.*; it holds no folders\.$/,
  );
  put('1.png', '2.png', 'x.txt');
  await expect(imageFolder(root)).rejects.toThrow(
    'it holds no folders, 2 images outside of class folders and 1 other file.',
  );
  put('cat/1.png');
  await expect(imageFolder(root)).rejects.toThrow('it holds one folder ("cat"), 2 images outside of class folders');
});
test('a class without images', async () => {
  put('cat/1.png', 'dog/readme.txt');
  await expect(imageFolder(root)).rejects.toThrow(
    /The class folder "dog" of ".*photos" holds no images\. Put images into it/,
  );
});
test('a folder of data sets', async () => {
  put('train/cat/1.png', 'train/dog/1.png', 'val/cat/1.png', 'val/dog/1.png');
  await expect(imageFolder(root)).rejects.toThrow(
    `It holds folders: if those are the classes, use ${join(root, 'train')} instead of ${root}.`,
  );
});
test('a folder that is not there, or no folder', async () => {
  await expect(imageFolder(join(root, 'nowhere'))).rejects.toThrow(
    /The image folder ".*nowhere" does not exist\. Give a folder/,
  );
  put('file');
  await expect(imageFolder(join(root, 'file'))).rejects.toThrow('is a file');
});
test('a link in place of an image that leads out, nowhere or to itself is a sample that cannot be read', async () => {
  put('a/1.png', 'b/1.png', 'b/2.png');
  writeFileSync(join(base, 'secret.png'), 'secret');
  symlinkSync(join(base, 'secret.png'), join(root, 'a', '2.png'));
  symlinkSync(join(root, 'gone.png'), join(root, 'a', '3.png'));
  symlinkSync(join(root, 'a', '4.png'), join(root, 'a', '4.png'));
  symlinkSync(join(root, 'b', '2.png'), join(root, 'a', '5.png'));
  symlinkSync(join(root, 'gone'), join(root, 'readme'));
  mkdirSync(join(root, 'b', '3.png'));
  const folder = await imageFolder(root);
  expect(folder.ignored).toEqual(['readme', join('b', '3.png')]);
  const loader = new Loader(folder, {
    batchSize: 8,
    collate: (samples) => samples.map(({ path }) => relative(root, path!)),
  });
  for await (const paths of loader)
    expect(paths).toEqual(['a/1.png', 'a/5.png', 'b/1.png', 'b/2.png'].map((path) => join(...path.split('/'))));
  expect(loader.quarantined).toEqual([
    {
      index: 1,
      path: join(root, 'a', '2.png'),
      reason: `"${join(root, 'a', '2.png')}" is a link to "${join(base, 'secret.png')}", outside of "${root}". Copy the file in its place.`,
    },
    {
      index: 2,
      path: join(root, 'a', '3.png'),
      reason: `"${join(root, 'a', '3.png')}" is a link that leads nowhere. Remove it.`,
    },
    {
      index: 3,
      path: join(root, 'a', '4.png'),
      reason: `"${join(root, 'a', '4.png')}" is a link that leads back to itself. Remove it.`,
    },
  ]);
});
test('a class folder may not be a link that leads out', async () => {
  put('a/1.png', 'b/1.png');
  mkdirSync(join(base, 'elsewhere'));
  symlinkSync(join(base, 'elsewhere'), join(root, 'c'), 'junction');
  await expect(imageFolder(root)).rejects.toThrow(
    /".*c" is a link to ".*elsewhere", outside of ".*photos"\. Copy the file in its place\./,
  );
});
test('links within the folder are followed', async () => {
  put('a/1.png', 'b/1.png');
  symlinkSync(join(root, 'a'), join(root, 'c'), 'junction');
  expect((await imageFolder(root)).classes).toEqual(['a', 'b', 'c']);
});
