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

test('lists one folder per class, sorted by name', async () => {
  put('dog/b.JPG', 'dog/a.png', 'cat/1.webp', 'Ant/x.jpeg', 'dog/10.png', 'dog/9.png');
  const folder = await imageFolder(root);
  expect(folder.classes).toEqual(['Ant', 'cat', 'dog']);
  expect([...folder.labels]).toEqual([0, 1, 2, 2, 2, 2]);
  expect(folder.length).toBe(6);
  expect(folder.get(2)).toEqual({ input: join(root, 'dog', '10.png'), label: 2, path: join(root, 'dog', '10.png') });
  expect(() => folder.get(6)).toThrow('There is no sample 6');
});
test('skips hidden files, and lists other files as ignored', async () => {
  put('a/1.png', 'b/1.png', 'b/notes.txt', 'readme.md', '.DS_Store', 'a/.hidden.png', '.git/x.png');
  const folder = await imageFolder(root);
  expect(folder.length).toBe(2);
  expect(folder.ignored).toEqual(['readme.md', join('b', 'notes.txt')]);
});
test('images of subfolders belong to the class, by any usual extension or by their contents', async () => {
  put('a/1.jfif', 'a/2.JPE', 'a/2019/may/3.tiff', 'a/2019/notes.txt', 'b/4.png', 'b/README');
  writeFileSync(join(root, 'b/5'), 'JPEG');
  const folder = await imageFolder(root, { recognises: (head) => Buffer.from(head).toString() === 'JPEG' });
  expect(
    Array.from({ length: folder.length }, (_, i) => relative(root, (folder.get(i) as { path: string }).path)),
  ).toEqual(['a/1.jfif', 'a/2.JPE', 'a/2019/may/3.tiff', 'b/4.png', 'b/5'].map((path) => join(...path.split('/'))));
  expect([...folder.labels]).toEqual([0, 0, 0, 1, 1]);
  expect(folder.ignored).toEqual([join('a', '2019', 'notes.txt'), join('b', 'README')]);
});
test('folders of operating systems and finished runs are neither classes nor examples', async () => {
  put('a/1.png', 'b/1.png', '__MACOSX/a/1.png', '@eaDir/b/1.png', 'a/@eaDir/1.png', 'Thumbs.db', 'b/Desktop.ini');
  put('run/run.json', 'run/summary.json', 'run/predictions.png', 'b/run/run.json', 'b/run/phases/x', 'b/run/1.png');
  const folder = await imageFolder(root);
  expect(folder.classes).toEqual(['a', 'b']);
  expect(folder.length).toBe(2);
  expect(folder.ignored).toEqual([]);
});
test('train, validation and test folders are parts with the same classes', async () => {
  put('Train/cat/1.png', 'Train/dog/1.png', 'Train/dog/2.png', 'valid/cat/1.png', 'valid/dog/1.png', 'test/dog/1.png');
  const folder = await imageFolder(root);
  expect(folder.classes).toEqual(['cat', 'dog']);
  expect(folder.parts).toEqual(['training', 'training', 'training', 'test', 'validation', 'validation']);
  expect([...folder.labels]).toEqual([0, 1, 1, 1, 0, 1]);
  put('test/cow/1.png');
  await expect(imageFolder(root)).rejects.toThrow(
    `The class "cow" of "${root}" has test images, but none for training. Add some, or remove the class.`,
  );
});
test('classes with the names of parts are classes if there are others, or if they contain images', async () => {
  put('train/1.png', 'bus/1.png', 'test/1.png');
  expect((await imageFolder(root)).classes).toEqual(['bus', 'test', 'train']);
  rmSync(join(root, 'bus'), { recursive: true });
  expect(await imageFolder(root)).toMatchObject({ classes: ['test', 'train'] });
});
test('names of classes are compared in normal form', async () => {
  put('train/caf\u00e9/1.png', 'train/bar/1.png', 'val/cafe\u0301/1.png', 'val/bar/1.png');
  expect((await imageFolder(root)).classes).toEqual(['bar', 'caf\u00e9']);
});
test('outer folders with the same folders in each are refused, because either may be the classes', async () => {
  put('morning/cat/1.png', 'morning/dog/1.png', 'evening/cat/1.png', 'evening/dog/1.png');
  await expect(imageFolder(root)).rejects.toThrow(
    `The folders "evening", "morning" of "${root}" all contain the folders "cat", "dog", so it is unclear which are the classes. If those are, use "evening" alone, or name the outer folders train, val and test`,
  );
  put('morning/1.png');
  expect((await imageFolder(root)).classes).toEqual(['evening', 'morning']);
});
test('rejects fewer than two classes', async () => {
  await expect(imageFolder(root)).rejects.toThrow(
    /must contain one folder of images per class, at least two, such as .*1\.jpg.*; it contains no folders\.$/,
  );
  put('1.png', '2.png', 'x.txt');
  await expect(imageFolder(root)).rejects.toThrow(
    'it contains no folders, 2 images outside class folders and 1 other file.',
  );
  put('cat/1.png');
  await expect(imageFolder(root)).rejects.toThrow('it contains one folder ("cat"), 2 images outside class folders');
});
test('a folder without images is listed, and is not a class', async () => {
  put('cat/1.png', 'dog/readme.txt');
  await expect(imageFolder(root)).rejects.toThrow(
    'it contains one folder ("cat") and the folder "dog" without images (.jpg .jpeg',
  );
  put('cow/1.png');
  expect(await imageFolder(root)).toMatchObject({ classes: ['cat', 'cow'], empty: ['dog'] });
});
test('rejects missing folders and files', async () => {
  await expect(imageFolder(join(root, 'nowhere'))).rejects.toThrow(
    /The image folder ".*nowhere" does not exist\. Pass a folder/,
  );
  put('file');
  await expect(imageFolder(join(root, 'file'))).rejects.toThrow('is a file');
});
test('quarantines links that lead out of the folder, are broken or lead to themselves', async () => {
  put('a/1.png', 'b/1.png', 'b/2.png');
  writeFileSync(join(base, 'secret.png'), 'secret');
  symlinkSync(join(base, 'secret.png'), join(root, 'a', '2.png'));
  symlinkSync(join(root, 'gone.png'), join(root, 'a', '3.png'));
  symlinkSync(join(root, 'a', '4.png'), join(root, 'a', '4.png'));
  symlinkSync(join(root, 'b', '2.png'), join(root, 'a', '5.png'));
  symlinkSync(join(root, 'gone'), join(root, 'readme'));
  mkdirSync(join(root, 'b', '3.png'));
  const folder = await imageFolder(root);
  expect(folder.ignored).toEqual(['readme']);
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
      reason: `"${join(root, 'a', '2.png')}" is a link to "${join(base, 'secret.png')}", outside "${root}". Replace the link with a copy, or set the option followLinks if you trust the data.`,
    },
    {
      index: 2,
      path: join(root, 'a', '3.png'),
      reason: `"${join(root, 'a', '3.png')}" is a broken link. Remove it.`,
    },
    {
      index: 3,
      path: join(root, 'a', '4.png'),
      reason: `"${join(root, 'a', '4.png')}" is a link to itself. Remove it.`,
    },
  ]);
});
test('rejects a class folder that links out of the folder', async () => {
  put('a/1.png', 'b/1.png');
  mkdirSync(join(base, 'elsewhere'));
  symlinkSync(join(base, 'elsewhere'), join(root, 'c'), 'junction');
  await expect(imageFolder(root)).rejects.toThrow(
    /".*c" is a link to ".*elsewhere", outside ".*photos"\. Replace the link with a copy, or set the option followLinks/,
  );
});
test('follows links inside the folder', async () => {
  put('a/1.png', 'b/1.png');
  symlinkSync(join(root, 'a'), join(root, 'c'), 'junction');
  expect((await imageFolder(root)).classes).toEqual(['a', 'b', 'c']);
});
test('followLinks: links out of the folder are followed, and every file of a class is read once', async () => {
  put('b/1.png', 'b/notes.txt');
  for (const name of ['cats/1.png', 'cats/old/2.png', 'loose.png']) {
    mkdirSync(join(base, 'elsewhere', name, '..'), { recursive: true });
    writeFileSync(join(base, 'elsewhere', name), name);
  }
  const elsewhere = (name: string): string => join(base, 'elsewhere', name);
  symlinkSync(elsewhere('cats'), join(root, 'a'), 'junction');
  symlinkSync(elsewhere('loose.png'), join(root, 'b', '2.png'));
  symlinkSync(elsewhere('loose.png'), join(root, 'b', '3.png'));
  symlinkSync(elsewhere('cats/1.png'), join(root, 'b', '4.png'));
  symlinkSync(elsewhere('cats'), join(elsewhere('cats'), 'old', 'up'), 'junction');
  symlinkSync(root, join(root, 'b', 'all'), 'junction');
  const { classes, labels, warnings, length, get, ignored } = await imageFolder(root, { followLinks: true });
  expect(classes).toEqual(['a', 'b']);
  const listed = Array.from(
    { length },
    (_, i) => `${labels[i]} ${relative(root, get(i) instanceof Promise ? '' : (get(i) as { input: string }).input)}`,
  );
  expect(listed).toEqual(['0 a/1.png', '0 a/old/2.png', '1 b/1.png', '1 b/2.png', '1 b/4.png']);
  expect(ignored).toEqual(['a/old/up', 'b/all', 'b/notes.txt']);
  expect(warnings).toEqual([
    'A file is listed more than once through links, and read once: "b/2.png" and "b/3.png".',
    'A file is in two classes through links: "a/1.png" and "b/4.png". Remove the wrong links.',
  ]);
});
test('a link to a folder that contains it does not make the images of other classes its own', async () => {
  put('a/1.png', 'b/1.png');
  symlinkSync(root, join(root, 'a', 'up'), 'junction');
  const { labels, ignored } = await imageFolder(root);
  expect([[...labels], ignored]).toEqual([[0, 1], ['a/up']]);
});
