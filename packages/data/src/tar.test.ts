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

test('files, however the bytes arrive', async () => {
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
test('long names and sizes: split, POSIX and GNU', async () => {
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
  ['nothing', Buffer.alloc(0), 'The archive is broken (it ends at byte 0 without an end mark).'],
  ['no end mark', tarEntry('a', 'x'), 'The archive is broken (it ends at byte 1024 without an end mark).'],
  [
    'a header cut off',
    packTar(tarEntry('a', 'x')).subarray(0, 300),
    'The archive is broken (it ends at byte 300 without an end mark).',
  ],
  [
    'a file cut off',
    tarEntry('a', 'x'.repeat(600)).subarray(0, 900),
    'The archive is broken (it ends within the file at byte 0).',
  ],
  [
    'padding cut off',
    tarEntry('a', 'x').subarray(0, 600),
    'The archive is broken (it ends within the file at byte 0).',
  ],
  [
    'a size above what follows',
    packTar(tarEntry('a', 'x', { size: '00000777777' })),
    'The archive is broken (it ends within the file at byte 0).',
  ],
  [
    'a size above all memory',
    packTar(tarEntry('a', 'x', { size: '77777777777' })),
    'The archive has an entry of 8589934591 bytes at byte 0, and 1073741824 may be read.',
  ],
  [
    'a size below 0',
    packTar(tarEntry('a', 'x', { size: '-0000000100' })),
    'The archive is broken (a number in a header).',
  ],
  [
    'a size in bytes of 256',
    packTar(tarEntry('a', 'x', { size: '\x80\0\0\0\0\0\0\x01' })),
    'The archive is broken (a number in a header).',
  ],
  [
    'a size that is no number in pax',
    packTar(tarEntry('pax', record('size=-5'), { type: 'x' }), tarEntry('a', 'x')),
    'The archive is broken (a size in an extended header).',
  ],
  [
    'a name of a gigabyte',
    packTar(tarEntry('././@LongLink', 'x', { type: 'L', size: '07777777777' })),
    'The archive has an entry of 1073741823 bytes at byte 0, and 1048576 may be read.',
  ],
  ['text', Buffer.from('<!doctype html>'.repeat(90)), 'The archive is broken (a number in a header).'],
])('refuses %s', (_, archive, sentence) => expect(list(archive)).rejects.toThrow(sentence));
test('a changed byte is found in a header, and never runs away', async () => {
  const whole = packTar(tarEntry('a.txt', 'one'), tarEntry('b.txt', 'two'));
  const random = new Random(1);
  for (let round = 0; round < 300; round++) {
    const damaged = Buffer.from(whole);
    damaged[random.int(154)]! ^= 1 + random.int(255);
    await expect(list(damaged)).rejects.toThrow(/^The archive (is broken|has an entry)/);
  }
});
test('a stream is closed where reading ends early', async () => {
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
