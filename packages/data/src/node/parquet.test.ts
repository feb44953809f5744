import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, expect, test } from 'vitest';
import { parquetRows } from './parquet.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-parquet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const count = 25;
const bytes = new Uint8Array(
  parquetWriteBuffer({
    rowGroupSize: 10,
    columnData: [
      { name: 'text', data: Array.from({ length: count }, (_, i) => `text ${i} ü`), type: 'STRING' },
      { name: 'label', data: Int32Array.from({ length: count }, (_, i) => i % 3), type: 'INT32' },
    ],
  }),
);
const put = (content: Uint8Array): string => {
  const path = join(folder, 'table.parquet');
  writeFileSync(path, content);
  return path;
};
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

test('reads the rows of all row groups in order', async () => {
  expect(await all(parquetRows(put(bytes)))).toEqual(
    Array.from({ length: count }, (_, i) => ({ text: `text ${i} ü`, label: i % 3 })),
  );
});
test('metadata of noise is reported in our own words', async () => {
  const file = (metadata: Uint8Array): Uint8Array => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, metadata.length, true);
    const magic = new TextEncoder().encode('PAR1');
    return new Uint8Array([...magic, ...metadata, ...length, ...magic]);
  };
  const noise = Array.from({ length: 20 }, (_, seed) =>
    Uint8Array.from({ length: 500 }, (_, i) => Math.imul(i + 1, 2_654_435_761 + seed) >>> 24),
  );
  for (const metadata of [new Uint8Array(100), new Uint8Array(100).fill(255), ...noise])
    await expect(all(parquetRows(put(file(metadata))))).rejects.toThrow(
      /table\.parquet" cannot be read as Parquet: (?!.*(undefined|null|Cannot|not a function)).*\. Write it again, or use another file\.$/,
    );
});
test('the columns in a message are limited', async () => {
  const wide = parquetWriteBuffer({
    columnData: Array.from({ length: 500 }, (_, i) => ({ name: `c${i}`, data: [1], type: 'INT32' as const })),
  });
  await expect(all(parquetRows(put(new Uint8Array(wide)), { columns: ['x'] }))).rejects.toThrow(
    'It has: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, and 480 more.',
  );
});
test('counts that the file does not hold are reported before anything is decoded', async () => {
  const nulls = parquetWriteBuffer({ columnData: [{ name: 'text', data: [null, 'a'], type: 'STRING' }] });
  const file = Buffer.from(nulls);
  expect(await all(parquetRows(put(file)))).toEqual([{ text: null }, { text: 'a' }]);
  // The first page's number of values, and the run lengths of its levels, are single bytes.
  let refused = 0;
  for (let at = 4; at < file.length - 8; at++) {
    const damaged = Buffer.from(file);
    damaged[at] = 0xfe;
    const read = all(parquetRows(put(damaged)));
    await read.catch((error: Error) => {
      expect(error.message).toMatch(
        /table\.parquet" cannot be read as Parquet: .*\. Write it again, or use another file\.$/,
      );
      refused++;
    });
  }
  expect(refused).toBeGreaterThan(30);
});
test('reads selected columns', async () =>
  expect((await all(parquetRows(put(bytes), { columns: ['label'] })))[4]).toEqual({ label: 1 }));
test('rejects unknown columns, and missing and broken files', async () => {
  await expect(all(parquetRows(put(bytes), { columns: ['lable'] }))).rejects.toThrow(
    'cannot be read as Parquet: it has no column "lable". It has: text, label.',
  );
  for (const content of [
    new TextEncoder().encode('hello, no table'),
    new Uint8Array(),
    bytes.subarray(0, bytes.length - 20),
  ])
    await expect(all(parquetRows(put(content)))).rejects.toThrow(
      /table\.parquet" cannot be read as Parquet: .*\. Write it again, or use another file\.$/,
    );
  await expect(all(parquetRows(join(folder, 'gone')))).rejects.toThrow('cannot be read as Parquet: ENOENT');
});
