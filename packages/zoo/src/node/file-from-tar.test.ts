import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fileFromTar } from './file-from-tar.ts';

/** Encodes a tar entry. */
function entry(name: string, content: Uint8Array | string, { type = '0', prefix = '' } = {}): Buffer {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(body.length.toString(8).padStart(11, '0'), 124);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345, 155);
  header.write('        ', 148);
  header.write(
    header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0'),
    148,
  );
  header[154] = 0;
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
const pack = (...entries: Buffer[]): Buffer => gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
const read = async (archive: Uint8Array, wanted: string): Promise<string | undefined> => {
  const file = await fileFromTar(archive, wanted, 1e6);
  return file && Buffer.from(file).toString();
};

test('finds a file in any top-level folder', async () => {
  const archive = pack(
    entry('package/package.json', '{}'),
    entry('package/a/model.onnx', 'x'.repeat(700)),
    entry('package/b', 'b'),
  );
  expect(await read(archive, 'a/model.onnx')).toBe('x'.repeat(700));
  expect(await read(archive, 'b')).toBe('b');
  expect(await read(pack(entry('other/b', 'b')), 'b')).toBe('b');
  expect(await read(archive, 'c')).toBeUndefined();
  expect(await read(archive, 'model.onnx')).toBeUndefined();
});
test('long names can be split, POSIX or GNU', async () => {
  const long = `${'folder/'.repeat(20)}model.onnx`;
  const record = ` path=package/${long}\n`;
  expect(await read(pack(entry('model.onnx', 'x', { prefix: 'package/deep' })), 'deep/model.onnx')).toBe('x');
  expect(
    await read(pack(entry('pax', `${record.length + 3}${record}`, { type: 'x' }), entry('short', 'x')), long),
  ).toBe('x');
  expect(await read(pack(entry('././@LongLink', `package/${long}\0`, { type: 'L' }), entry('short', 'x')), long)).toBe(
    'x',
  );
});
test('links and folders are not files', async () =>
  expect(
    await read(pack(entry('package/a', '', { type: '2' }), entry('package/a', '', { type: '5' })), 'a'),
  ).toBeUndefined());
test('rejects damaged archives', async () => {
  const whole = pack(entry('package/a', 'content'));
  await expect(read(Buffer.from('no archive'), 'a')).rejects.toThrow('The archive is corrupt (');
  await expect(read(whole.subarray(0, 60), 'a')).rejects.toThrow('The archive is corrupt (');
  const wrong = Buffer.concat([entry('package/a', 'content')]);
  wrong[0] = 0x78;
  await expect(read(gzipSync(wrong), 'a')).rejects.toThrow('The archive is broken (wrong checksum at byte 0).');
  await expect(read(gzipSync(entry('package/a', 'x'.repeat(600)).subarray(0, 1024)), 'a')).rejects.toThrow(
    'it ends inside the file',
  );
});
test('does not unpack more than the limit', async () => {
  await expect(fileFromTar(pack(entry('package/a', new Uint8Array(1e6))), 'a', 1e5)).rejects.toThrow(
    'The archive unpacks to more than 100000 bytes.',
  );
});
