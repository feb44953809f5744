import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { packTar, tarEntry } from '../test/pack-tar.ts';
import { tarEntries, type TarOptions } from './tar.ts';

async function list(
  archive: Uint8Array,
  { chunk = 700, ...options }: TarOptions & { chunk?: number } = {},
): Promise<[name: string, content: string][]> {
  const chunks = Array.from({ length: Math.ceil(archive.length / chunk) }, (_, i) =>
    archive.subarray(i * chunk, (i + 1) * chunk),
  );
  const entries: [string, string][] = [];
  for await (const { name, content } of tarEntries(chunks, options))
    entries.push([name, Buffer.from(content).toString()]);
  return entries;
}
const record = (text: string): string => `${text.length + 3} ${text}\n`;

test('reads files from chunks of any size', async () => {
  const archive = packTar(
    tarEntry('a.txt', 'one'),
    tarEntry('folder/', '', { type: '5' }),
    tarEntry('b', 'x'.repeat(512)),
    tarEntry('link', '', { type: '2' }),
    tarEntry('c.txt'),
  );
  for (const chunk of [1, 511, 512, 513, 1e6])
    expect(await list(archive, { chunk })).toEqual([
      ['a.txt', 'one'],
      ['b', 'x'.repeat(512)],
      ['c.txt', ''],
    ]);
});
test('reads long names and sizes: ustar prefix, POSIX and GNU', async () => {
  const long = `${'folder/'.repeat(20)}a.txt`;
  expect(
    await list(
      packTar(
        tarEntry('a', 'x', { prefix: 'deep' }),
        tarEntry('pax', `${record(`path=${long.slice(80)}`)}${record('size=00000003')}`, { type: 'x' }),
        tarEntry('short', 'xyz', { size: '00000000000' }),
        tarEntry('././@LongLink', `${long}\0`, { type: 'L' }),
        tarEntry('short', 'x'),
      ),
    ),
  ).toEqual([
    ['deep/a', 'x'],
    [long.slice(80), 'xyz'],
    [long, 'x'],
  ]);
});
test.each<[string, Buffer, string]>([
  ['an empty file', Buffer.alloc(0), 'The archive is broken (it ends at byte 0 without an end-of-archive marker).'],
  [
    'a missing end-of-archive marker',
    tarEntry('a', 'x'),
    'The archive is broken (it ends at byte 1024 without an end-of-archive marker).',
  ],
  [
    'a truncated header',
    packTar(tarEntry('a', 'x')).subarray(0, 300),
    'The archive is broken (it ends at byte 300 without an end-of-archive marker).',
  ],
  [
    'a truncated file',
    tarEntry('a', 'x'.repeat(600)).subarray(0, 900),
    'The archive is broken (it ends inside the file at byte 0).',
  ],
  [
    'truncated padding',
    tarEntry('a', 'x').subarray(0, 600),
    'The archive is broken (it ends inside the file at byte 0).',
  ],
  [
    'a size larger than the rest of the archive',
    packTar(tarEntry('a', 'x', { size: '00000777777' })),
    'The archive is broken (it ends inside the file at byte 0).',
  ],
  [
    'a size larger than memory',
    packTar(tarEntry('a', 'x', { size: '77777777777' })),
    'The archive has an entry of 8589934591 bytes at byte 0, but the limit is 268435456.',
  ],
  [
    'a negative size',
    packTar(tarEntry('a', 'x', { size: '-0000000100' })),
    'The archive is broken (invalid number in a header).',
  ],
  [
    'a size in base-256 encoding',
    packTar(tarEntry('a', 'x', { size: '\x80\0\0\0\0\0\0\x01' })),
    'The archive is broken (invalid number in a header).',
  ],
  [
    'an invalid size in a pax header',
    packTar(tarEntry('pax', record('size=-5'), { type: 'x' }), tarEntry('a', 'x')),
    'The archive is broken (invalid size in an extended header).',
  ],
  [
    'a name of one gigabyte',
    packTar(tarEntry('././@LongLink', 'x', { type: 'L', size: '07777777777' })),
    'The archive has an entry of 1073741823 bytes at byte 0, but the limit is 1048576.',
  ],
  ['a text file', Buffer.from('<!doctype html>'.repeat(90)), 'The archive is broken (invalid number in a header).'],
])('rejects %s', (_, archive, sentence) => expect(list(archive)).rejects.toThrow(sentence));
test('memory grows with what arrives, not with the size in a header', async () => {
  const before = process.memoryUsage().arrayBuffers;
  await expect(list(packTar(tarEntry('a', 'x', { size: '01000000000' })))).rejects.toThrow('it ends inside the file');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 25);
});
test('contents of several megabytes arrive whole', async () => {
  const content = Buffer.alloc(5_000_001, 'content');
  const archive = packTar(tarEntry('a', content.toString()));
  const parts = Array.from({ length: Math.ceil(archive.length / 300_001) }, (_, i) =>
    archive.subarray(i * 300_001, (i + 1) * 300_001),
  );
  for await (const entry of tarEntries(parts)) expect(Buffer.compare(entry.content, content)).toBe(0);
});
test('detects a changed byte in a header', async () => {
  const whole = packTar(tarEntry('a.txt', 'one'), tarEntry('b.txt', 'two'));
  const random = new Random(1);
  for (let round = 0; round < 300; round++) {
    const damaged = Buffer.from(whole);
    damaged[random.int(154)]! ^= 1 + random.int(255);
    await expect(list(damaged)).rejects.toThrow(/^The archive (is broken|has an entry)/);
  }
});
test('closes the stream if reading ends early', async () => {
  let closed = false;
  function* bytes(): Generator<Uint8Array> {
    try {
      yield packTar(tarEntry('a', 'x'), tarEntry('b', 'x'));
    } finally {
      closed = true;
    }
  }
  for await (const _ of tarEntries(bytes())) break;
  expect(closed).toBe(true);
});
