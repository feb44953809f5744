import { type Examples, openExamples } from '@graft/data';
import { createGraft, finetune, memoryStorage } from '@graft/graft/node';
import { buildModel, floats, noise } from '@graft/onnx/testing';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { put, workFolder } from '../test/workbench.ts';
import gauges from './index.ts';

const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
const open = (location: unknown): Promise<Examples> =>
  openExamples(app, location, { extensions: ['.curve'], noun: 'curves' });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const two = { 'a/1.curve': bytes('one'), 'b/2.curve': bytes('two, which is longer than it was') };
const contents = ({ list }: Examples): Promise<string[]> =>
  Promise.all(list.map(async ({ file }) => new TextDecoder().decode(await file!.bytes())));
/** A copy of an archive with some bytes changed; `at` finds the offsets of a signature. */
const changed = (
  archive: Uint8Array,
  change: (view: DataView, at: (signature: number) => number[]) => void,
): Uint8Array => {
  const copy = archive.slice();
  const view = new DataView(copy.buffer);
  change(view, (signature) =>
    Array.from({ length: copy.length - 3 }, (_, i) => i).filter((i) => view.getUint32(i, true) === signature),
  );
  return copy;
};
const directory = 0x02014b50;

test('opens archives with one folder per class: compressed or stored, from a path, bytes or a File', async () => {
  const path = put(zipSync(two, { comment: 'a comment' } as object), workFolder(), 'some.ZIP');
  for (const location of [path, zipSync(two), zipSync(two, { level: 0 }), new File([zipSync(two).slice()], 'b.zip')]) {
    const examples = await open(location);
    expect(examples.classes).toEqual(['a', 'b']);
    expect(examples.list.map(({ fields }) => fields)).toEqual([{ label: 'a' }, { label: 'b' }]);
    expect(await contents(examples)).toEqual(['one', 'two, which is longer than it was']);
  }
  expect((await open(path)).list[0]!.place).toBe(`${path}/a/1.curve`);
});
test('ignores absolute, relative and hidden paths, files without a folder, and files of other types', async () => {
  const odd = ['../up/1.curve', '/root/1.curve', 'a/.hidden.curve', '__MACOSX/a/1.curve', '1.curve', 'a/notes.txt'];
  const { list, ignored } = await open(
    zipSync({ ...two, ...Object.fromEntries(odd.map((name) => [name, bytes('x')])) }),
  );
  expect(list).toHaveLength(2);
  expect(ignored.toSorted()).toEqual(odd.toSorted());
});
test.each<[string, string, (archive: Uint8Array) => Uint8Array]>([
  [
    'not an archive',
    'is not a zip archive, or its end is missing. Copy it again.',
    () => bytes('PK\u0003\u0004 and nothing else, whatever it says'),
  ],
  ['truncated', 'is not a zip archive, or its end is missing.', (archive) => archive.subarray(0, -30)],
  [
    'damaged directory',
    'has a damaged directory.',
    (archive) => changed(archive, (view, at) => view.setUint32(at(directory)[1]!, 7, true)),
  ],
  [
    'Zip64',
    'is a Zip64 archive',
    (archive) => changed(archive, (view) => view.setUint16(archive.length - 12, 0xffff, true)),
  ],
  ['one class', 'contains curves of one class ("a"), but', () => zipSync({ 'a/1.curve': bytes('one') })],
])('rejects an archive: %s', async (_, message, damage) => expect(open(damage(zipSync(two)))).rejects.toThrow(message));
test.each<[string, string, (view: DataView, entry: number, archive: Uint8Array) => void]>([
  ['is encrypted', 'is encrypted. Pack it without a password.', (view, entry) => view.setUint16(entry + 8, 1, true)],
  [
    'has another compression',
    'is compressed with method 12, which is not supported.',
    (view, entry) => view.setUint16(entry + 10, 12, true),
  ],
  [
    'claims a huge size',
    'has 4000000000 bytes, but the limit is 268435456',
    (view, entry) => view.setUint32(entry + 24, 4e9, true),
  ],
  ['is larger than its header says', 'is damaged', (view, entry) => view.setUint32(entry + 24, 9, true)],
  ['is smaller than its header says', 'is damaged', (view, entry) => view.setUint32(entry + 24, 900, true)],
  ['has a wrong checksum', 'is damaged', (view, entry) => view.setUint32(entry + 16, 1, true)],
  ['extends beyond the archive', 'is damaged', (view, entry) => view.setUint32(entry + 20, 1e6, true)],
  ['has no header', 'is damaged: it has no header.', (view, entry) => view.setUint32(entry + 42, 3, true)],
  [
    'is garbage',
    'is damaged',
    (view) => {
      for (let i = 80; i < 100; i++) view.setUint8(i, 0xff);
    },
  ],
])('an entry that %s fails when it is read, and others still work', async (_, message, damage) => {
  const archive = changed(zipSync(two), (view, at) => damage(view, at(directory)[1]!, zipSync(two)));
  const { list } = await open(archive);
  await expect(list[1]!.file!.bytes()).rejects.toThrow(message);
  await expect(list[1]!.file!.bytes()).rejects.toThrow(/^"the archive\/b\/2\.curve" /);
  expect(new TextDecoder().decode(await list[0]!.file!.bytes())).toBe('one');
});
test('trains on images in an archive, and leaves out a broken one', async () => {
  const files: Record<string, Uint8Array> = {};
  for (const [name, background] of Object.entries({ dark: '#204060', light: '#e0d0c0' }))
    for (let i = 0; i < 6; i++)
      files[`${name}/${i}.png`] = await sharp({
        create: { width: 20 + i, height: 20, channels: 3, background },
      })
        .png()
        .toBuffer();
  files['dark/broken.png'] = bytes('not a picture');
  const network = buildModel({
    inputs: { image: { shape: ['N', 3, 16, 16] } },
    outputs: ['scores'],
    constants: { 'stem.weight': floats([8, 3, 3, 3], noise(1)), 'fc.weight': floats([8, 5], noise(3)) },
    nodes: [
      ['Conv', ['image', 'stem.weight'], ['stem'], {}],
      ['Relu', ['stem'], ['relu']],
      ['GlobalAveragePool', ['relu'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
  });
  const { scores, summary } = await finetune(
    { model: network, data: zipSync(files), mean: [0.5], std: [0.5], epochs: 20, learningRate: 0.1, views: 1 },
    { app, storage: memoryStorage() },
  );
  expect(scores['accuracy']).toBe(1);
  expect(summary).toMatchObject({
    classes: ['dark', 'light'],
    quarantined: [{ path: 'the archive/dark/broken.png' }],
  });
});
