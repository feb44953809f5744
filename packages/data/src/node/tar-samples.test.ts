import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { packTar, tarEntry } from '../../test/pack-tar.ts';
import { StreamLoader } from '../stream-loader.ts';
import { tarSamples } from './tar-samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-shards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const read = (shards: string | string[]) => all(tarSamples(shards).samples());

test('consecutive files with the same key are one sample, in several shards', async () => {
  const a = put(
    'a.tar',
    packTar(
      tarEntry('./train/0001.jpg', 'J'),
      tarEntry('./train/0001.cls', '3\n'),
      tarEntry('./train/0002.JPG', 'K'),
      tarEntry('./train/0002.json', '{"box":[1,2]}'),
      tarEntry('./train/0002.seg.png', 'P'),
    ),
  );
  const b = put(
    'b.tar.gz',
    gzipSync(packTar(tarEntry('readme', 'no ending'), tarEntry('._0003.txt', 'hidden'), tarEntry('0003.txt', 'grün'))),
  );
  expect(await read([a, b])).toEqual(
    [
      { key: 'train/0001', path: `${a}/train/0001`, fields: { jpg: Buffer.from('J'), cls: 3 } },
      {
        key: 'train/0002',
        path: `${a}/train/0002`,
        fields: { jpg: Buffer.from('K'), json: { box: [1, 2] }, 'seg.png': Buffer.from('P') },
      },
      { key: '0003', path: `${b}/0003`, fields: { txt: 'grün' } },
    ].map(({ fields, ...rest }) => ({
      ...rest,
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, Buffer.isBuffer(value) ? new Uint8Array(value) : value]),
      ),
    })),
  );
});
test('an invalid field breaks only its sample', async () => {
  const shard = put(
    'fields.tar',
    packTar(
      tarEntry('1.cls', 'cat'),
      tarEntry('2.json', '{'),
      tarEntry('3.txt', Buffer.of(0xff)),
      tarEntry('4.cls', '1'),
      tarEntry('4.cls', '2'),
      tarEntry('5.__proto__', 'x'),
      tarEntry('6.cls', '6'),
      tarEntry('7.cls', '7'),
      tarEntry('8.cls', '8'),
      tarEntry('9.cls', '9'),
    ),
  );
  const loader = new StreamLoader(tarSamples(shard), {
    batchSize: 8,
    collate: (samples) => samples.map(({ key }) => key),
  });
  expect((await all(loader)).flat()).toEqual(['5', '6', '7', '8', '9']);
  expect(loader.quarantined.map(({ reason }) => reason.replaceAll(folder, ''))).toEqual([
    '"/fields.tar/1" has a .cls that is not a class index. Fix or remove it.',
    '"/fields.tar/2" has a .json that is not JSON. Fix or remove it.',
    '"/fields.tar/3" has a .txt that is not UTF-8 text. Fix or remove it.',
    '"/fields.tar/4" has two files that end in ".cls". Give each its own key.',
  ]);
  expect(loader.quarantined[0]!.path).toBe(`${shard}/1`);
});
test.each(['../x.jpg', '/etc/passwd.txt', 'a/../../x.jpg', 'C:/x.jpg', '..\\x.jpg'])(
  'rejects a shard with the path %s',
  (name) =>
    expect(read(put('hostile.tar', packTar(tarEntry(name, 'x'))))).rejects.toThrow(
      `hostile.tar" cannot be read: The archive has the path ${JSON.stringify(name)}, which is not inside it. Download it again, or omit it.`,
    ),
);
test('rejects truncated, damaged and missing shards, with their path', async () => {
  const whole = packTar(tarEntry('1.txt', 'x'.repeat(9000)), tarEntry('2.txt', 'y'));
  await expect(read(put('cut.tar', whole.subarray(0, 5000)))).rejects.toThrow(
    /^The shard ".*cut\.tar" cannot be read: The archive is broken \(it ends inside the file at byte 0\)\. Download it again, or omit it\.$/,
  );
  await expect(read(put('cut.tgz', gzipSync(whole).subarray(0, 40)))).rejects.toThrow(
    'cut.tgz" cannot be read: unexpected end of file. Download',
  );
  await expect(read(join(folder, 'none.tar'))).rejects.toThrow(
    'none.tar" cannot be read: The file does not exist. Download',
  );
  await expect(read(join(folder, 'none.tgz'))).rejects.toThrow('The file does not exist.');
  await expect(read(folder)).rejects.toThrow('cannot be read: EISDIR');
});
test('holds one sample in memory at a time', { timeout: 60_000 }, async () => {
  const one = tarEntry('x.bin', Buffer.alloc(2 ** 20));
  const shard = put(
    'large.tar',
    packTar(...Array.from({ length: 200 }, (_, i) => Buffer.concat([tarEntry(`${i}.txt`, 'x'), one]))),
  );
  let [count, most] = [0, 0];
  const before = process.memoryUsage().rss;
  for await (const _ of tarSamples(shard).samples()) {
    if (++count % 20 === 0) most = Math.max(most, process.memoryUsage().rss);
  }
  expect(count).toBe(400);
  expect(most - before).toBeLessThan(120e6); // of 200 MB
});
