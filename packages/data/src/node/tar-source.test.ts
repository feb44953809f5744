import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '@graft/plugin';
import { afterAll, expect, test } from 'vitest';
import { packTar, tarEntry } from '../../test/pack-tar.ts';
import { datasetSource, type IterableDataset, type Labelled } from '../index.ts';
import { StreamLoader } from '../stream-loader.ts';
import data from './plugin.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-tar-source-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const source = (await createApp([data])).get(datasetSource, 'tarSamples');
const classified = async (location: string, options?: object): Promise<IterableDataset<Labelled<Uint8Array>>> =>
  (await source.open(location, options)) as IterableDataset<Labelled<Uint8Array>>;

test('a folder of shards by name, and what lacks an image or a class', async () => {
  writeFileSync(
    join(folder, 'b.tar'),
    packTar(tarEntry('3.png', 'three'), tarEntry('3.cls', '3'), tarEntry('4.png', 'four')),
  );
  writeFileSync(
    join(folder, 'a.tar'),
    packTar(tarEntry('1.jpg', 'one'), tarEntry('1.cls', '1'), tarEntry('2.txt', 'two'), tarEntry('2.cls', '2')),
  );
  writeFileSync(join(folder, 'readme.md'), '');
  const loader = new StreamLoader(await classified(folder), {
    batchSize: 9,
    collate: (samples) => samples.map(({ input, label }) => [Buffer.from(input).toString(), label]),
  });
  for await (const batch of loader)
    expect(batch).toEqual([
      ['one', 1],
      ['three', 3],
    ]);
  expect(loader.quarantined.map(({ reason }) => reason.replaceAll(folder, ''))).toEqual([
    '"/a.tar/2" has none of jpg, jpeg, png, webp; it has: txt, cls. Name the field with inputs.',
    '"/b.tar/4" has no class number in "cls"; it has: png. Name the field with label.',
  ]);
});
test('refuses what holds no shards', async () => {
  mkdirSync(join(folder, 'empty'));
  await expect(classified(join(folder, 'empty'))).rejects.toThrow(
    'holds no tar files. Give a folder of shards that end in .tar, .tar.gz or .tgz.',
  );
  await expect(classified(join(folder, 'none'))).rejects.toThrow(
    'does not exist. Give a tar file, or a folder of them.',
  );
  await expect(classified(folder, { image: 'png' })).rejects.toThrow('tarSamples has no option "image".');
});
