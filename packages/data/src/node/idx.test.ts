import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readIdx } from './idx.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-idx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (bytes: Uint8Array): string => {
  const path = join(folder, 'file-idx');
  writeFileSync(path, bytes);
  return path;
};
const bytes = Uint8Array.of(0, 0, 0x08, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);

test('reads bytes, gzipped or not', async () => {
  for (const file of [bytes, gzipSync(bytes)])
    expect(await readIdx(put(file))).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
});
test('reads all number types in big-endian order', async () => {
  const of = async (kind: number, ...body: number[]): Promise<unknown> =>
    (await readIdx(put(Uint8Array.of(0, 0, kind, 1, 0, 0, 0, 1, ...body)))).data;
  expect(await of(0x09, 0xff)).toEqual(Int8Array.of(-1));
  expect(await of(0x0b, 0x01, 0x02)).toEqual(Int16Array.of(258));
  expect(await of(0x0c, 0xff, 0xff, 0xff, 0xfe)).toEqual(Int32Array.of(-2));
  expect(await of(0x0d, 0x3f, 0xc0, 0, 0)).toEqual(Float32Array.of(1.5));
  expect(await of(0x0e, 0xc0, 0x04, 0, 0, 0, 0, 0, 0)).toEqual(Float64Array.of(-2.5));
});
test('rejects missing and broken files', async () => {
  await expect(readIdx(join(folder, 'gone'))).rejects.toThrow(
    /gone" cannot be read as IDX: it does not exist\. Download it again/,
  );
  await expect(readIdx(put(Uint8Array.of(1, 2, 3, 4)))).rejects.toThrow('it does not start with an IDX header');
  await expect(readIdx(put(bytes.subarray(0, 6)))).rejects.toThrow('it ends inside its header');
  await expect(readIdx(put(bytes.subarray(0, 15)))).rejects.toThrow(
    'its header specifies 6 bytes for [2, 3], but 3 follow',
  );
  await expect(readIdx(put(gzipSync(bytes).subarray(0, 12)))).rejects.toThrow('it cannot be decompressed');
  await expect(readIdx(folder)).rejects.toThrow('it is not a file');
});
test('what a header does not say is neither decompressed nor kept', async () => {
  const large = gzipSync(new Uint8Array([...bytes.subarray(0, 12), ...new Uint8Array(1000)]));
  await expect(readIdx(put(large))).rejects.toThrow('its header specifies 6 bytes for [2, 3], but more follow');
  const declared = Uint8Array.of(0, 0, 0x0d, 2, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff);
  await expect(readIdx(put(declared))).rejects.toThrow(
    /its header specifies \d+ bytes .* at most 805306368 are supported/,
  );
  await expect(readIdx(put(gzipSync(bytes)), { maxBytes: 5 })).rejects.toThrow('at most 5 are supported');
  expect((await readIdx(put(gzipSync(bytes)), { maxBytes: 6 })).data).toHaveLength(6);
});
test('a file is read in whatever pieces it comes', async () => {
  const numbers = Float64Array.from({ length: 50_000 }, (_, i) => Math.sin(i));
  const file = new Uint8Array(8 + numbers.byteLength);
  file.set([0, 0, 0x0e, 1]);
  const view = new DataView(file.buffer);
  view.setUint32(4, numbers.length);
  for (const [i, value] of numbers.entries()) view.setFloat64(8 + 8 * i, value);
  for (const content of [file, gzipSync(file)])
    expect(await readIdx(put(content))).toEqual({ shape: [50_000], data: numbers });
});
