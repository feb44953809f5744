import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { apiVersion, createApp } from '@graft/plugin';
import { afterAll, expect, test } from 'vitest';
import { packTar, tarEntry } from '../../test/pack-tar.ts';
import { dataPlugin, datasetSource, type Examples, fileOpener, openExamples } from '../index.ts';
import data from './plugin.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-sources-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (content: string | Uint8Array, ...path: string[]): string => {
  const file = join(folder, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const app = await createApp([dataPlugin, data]);
const images = { extensions: ['.png', '.jpg'], noun: 'images' };
const open = (location: unknown): Promise<Examples> => openExamples(app, location, images);
const contents = async ({ list }: Examples): Promise<string[]> =>
  Promise.all(list.map(async ({ file }) => new TextDecoder().decode(await file!.bytes())));
const shown = ({ list }: Examples): string[] =>
  list.map(({ place, fields }) => `${place.replace(`${folder}/`, '')} ${JSON.stringify(fields)}`);

test('opens a folder of class folders', async () => {
  put('a cat', 'classes', 'cat', '1.png');
  put('a dog', 'classes', 'dog', '1.JPG');
  put('', 'classes', 'dog', 'notes.txt');
  const examples = await open(join(folder, 'classes'));
  expect(shown(examples)).toEqual(['classes/cat/1.png {"label":"cat"}', 'classes/dog/1.JPG {"label":"dog"}']);
  expect([examples.classes, examples.ignored]).toEqual([['cat', 'dog'], [join('dog', 'notes.txt')]]);
  expect(await contents(examples)).toEqual(['a cat', 'a dog']);
});
test('without labels, all files of a folder or a list are examples', async () => {
  put('a', 'anything', '2.png');
  put('b', 'anything', 'train', 'deep', '1.png');
  put('', 'anything', 'notes.txt');
  const unlabelled = { ...images, unlabelled: true };
  const onDisk = await openExamples(app, join(folder, 'anything'), unlabelled);
  expect(shown(onDisk)).toEqual(['anything/2.png {}', 'anything/train/deep/1.png {}']);
  const files = [new File(['a'], '2.png'), new File(['b'], 'train/deep/1.png'), new File([''], 'notes.txt')];
  const given = await openExamples(app, files, unlabelled);
  expect(shown(given)).toEqual(['2.png {}', 'train/deep/1.png {}']);
  expect([given.ignored, given.classes]).toEqual([['notes.txt'], undefined]);
  await expect(openExamples(app, join(folder, 'none'), unlabelled)).rejects.toThrow(/none/);
});
test('messages about a folder name the kind of examples', async () => {
  put('words', 'words', 'good', '1.txt');
  const texts = { extensions: ['.txt'], noun: 'texts' };
  await expect(openExamples(app, join(folder, 'words'), texts)).rejects.toThrow(
    /must contain one folder of texts per class, at least two, such as .*1\.txt and .*1\.txt; it contains one folder \("good"\)\.$/,
  );
  put('', 'words', 'bad', '1.pdf');
  await expect(openExamples(app, join(folder, 'words'), texts)).rejects.toThrow(
    'the folder "bad" without texts (.txt).',
  );
});
test('listing a long table can be stopped', async () => {
  const table = put(`path,label\n${'a.png,cat\nb.png,dog\n'.repeat(10_000)}`, 'long.csv');
  const stop = new AbortController();
  const listing = openExamples(app, table, { ...images, signal: stop.signal });
  stop.abort();
  await expect(listing).rejects.toBe(stop.signal.reason);
});
test('opens a table, and rejects paths outside its folder', async () => {
  put('one', 'table', 'images', '1.png');
  const examples = await open(put('path,label\nimages/1.png,x\n../classes/cat/1.png,y', 'table', 'labels.csv'));
  expect(examples.columns).toEqual(['path', 'label']);
  expect(examples.list.map(({ place }) => place)).toEqual(
    [1, 2].map((n) => `Row ${n} of "${folder}/table/labels.csv"`),
  );
  expect(new TextDecoder().decode(await examples.file('images/1.png').bytes())).toBe('one');
  expect(() => examples.file('../classes/cat/1.png')).toThrow(
    'has the path "../classes/cat/1.png", which is not a file inside',
  );
  await expect(examples.file('images/2.png').bytes()).rejects.toThrow('2.png" does not exist. Check the path.');
});
test.skipIf(process.platform === 'win32')(
  'a row cannot name a link out of the folder, a pipe or a device',
  async () => {
    put('secret', 'outside', 'secret.png');
    const table = put('path,label\nlink.png,x\npipe.png,x\ndevice.png,x\nwithin.png,x', 'linked', 'labels.csv');
    const at = (name: string): string => join(folder, 'linked', name);
    symlinkSync(join(folder, 'outside', 'secret.png'), at('link.png'));
    symlinkSync('/dev/zero', at('device.png'));
    execFileSync('mkfifo', [at('pipe.png')]);
    put('fine', 'linked', 'real.png');
    symlinkSync(at('real.png'), at('within.png'));
    const examples = await open(table);
    const read = (name: string): Promise<Uint8Array> => examples.file(name).bytes();
    await expect(read('link.png')).rejects.toThrow(
      /link\.png" is a link to ".*secret\.png", outside ".*"\. Replace the link/,
    );
    await expect(read('device.png')).rejects.toThrow('is a link to "/dev/zero", outside');
    await expect(read('pipe.png')).rejects.toThrow(
      'pipe.png" is a pipe, a socket or a device. Pass the path of a file.',
    );
    expect(new TextDecoder().decode(await read('within.png'))).toBe('fine');
    const trusting = await openExamples(app, table, { ...images, followLinks: true });
    expect(new TextDecoder().decode(await trusting.file('link.png').bytes())).toBe('secret');
    await expect(trusting.file('device.png').bytes()).rejects.toThrow('is a pipe, a socket or a device');
  },
);
test('opens tar shards sorted by name, and lists samples without a file or class', async () => {
  put(packTar(tarEntry('3.png', 'three'), tarEntry('3.cls', '3'), tarEntry('4.png', 'four')), 'shards', 'b.tar');
  put(
    packTar(tarEntry('1.jpg', 'one'), tarEntry('1.cls', '1'), tarEntry('2.txt', 'two'), tarEntry('2.cls', '2')),
    'shards',
    'a.tar',
  );
  put('', 'shards', 'readme.md');
  const examples = await open(join(folder, 'shards'));
  expect(await contents(examples)).toEqual(['one', 'three']);
  expect(examples.list.map(({ fields }) => fields['label'])).toEqual(['1', '3']);
  expect(examples.ignored.map((path) => path.replace(folder, ''))).toEqual(['/shards/a.tar/2', '/shards/b.tar/4']);
});
test('opens files of a browser, and examples passed in code', async () => {
  const file = (path: string): object => ({
    name: path,
    arrayBuffer: async () => new TextEncoder().encode(path).buffer,
  });
  const chosen = await open([file('pets/dog/2.png'), file('pets/cat/1.png'), file('pets/notes.md')]);
  expect(shown(chosen)).toEqual(['pets/cat/1.png {"label":"cat"}', 'pets/dog/2.png {"label":"dog"}']);
  expect([chosen.classes, chosen.ignored]).toEqual([['cat', 'dog'], ['pets/notes.md']]);
  expect(await contents(chosen)).toEqual(['pets/cat/1.png', 'pets/dog/2.png']);
  const divided = await open(
    ['train/cat/a/1.png', 'train/dog/2.png', 'val/cat/3.png', '__MACOSX/cat/4.png'].map((path) => file(`pets/${path}`)),
  );
  expect(divided.list.map(({ place, part }) => [place, part])).toEqual([
    ['pets/train/cat/a/1.png', 'training'],
    ['pets/train/dog/2.png', 'training'],
    ['pets/val/cat/3.png', 'validation'],
  ]);
  await expect(open([file('train/cat/1.png'), file('train/dog/1.png'), file('test/cow/1.png')])).rejects.toThrow(
    'The class "cow" of "the files" has test images, but none for training.',
  );
  await expect(open([file('1.png'), file('2.png')])).rejects.toThrow(
    'The files contain images of no class, but two or more',
  );

  const given = await open([
    { input: Uint8Array.of(65), label: 'a' },
    { input: 'a text', label: 'b', name: 'second' },
  ]);
  expect(shown(given)).toEqual(['example 0 {"label":"a"}', 'second {"label":"b","input":"a text"}']);
  expect(new TextDecoder().decode(await given.list[0]!.file!.bytes())).toBe('A');
});
test.each<[string, unknown, RegExp]>([
  ['a number', 3, /^This data \(number\) cannot be opened as images\. Pass tar shards .*, or a table .*, or a folder/],
  ['a missing folder', join(folder, 'none'), /does not exist/],
  ['a missing table', join(folder, 'none.csv'), /^The table ".*none\.csv" does not exist\. Check the path\.$/],
  ['an empty table', put('path,label\n', 'empty.csv'), /lists no images\. Add rows\.$/],
  [
    'a folder named like a table',
    (mkdirSync(join(folder, 'x.csv')), join(folder, 'x.csv')),
    /^The table ".*" is not a file/,
  ],
])('rejects %s', async (_, location, message) => await expect(open(location)).rejects.toThrow(message));

test('a source of a plugin comes first, and uses the file opener of its scope', async () => {
  const lines = datasetSource({
    name: 'lines',
    opens: 'a list of lines',
    accepts: (location) => typeof location === 'string' && location.endsWith('.lines'),
    async open(location, _, context) {
      const text = new TextDecoder().decode(
        await context
          .use(fileOpener)(location as string)
          .bytes(),
      );
      const list = text.split('\n').map((line) => ({ place: line, fields: { label: line } }));
      return { root: '', list, ignored: [], file: () => context.use(fileOpener)('') };
    },
  });
  const own = await createApp([dataPlugin, data, { name: 'own', apiVersion, contributes: [lines] }]);
  const scope = own.createScope().provide(fileOpener, (name) => ({
    name,
    bytes: async () => new TextEncoder().encode(`${name}\nb`),
  }));
  expect((await openExamples(scope, 'there.lines', images)).list.map(({ place }) => place)).toEqual([
    'there.lines',
    'b',
  ]);
});
