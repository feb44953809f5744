import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { csvRows, jsonLines } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (text: string | Uint8Array): string => {
  const path = join(folder, 'table');
  writeFileSync(path, text);
  return path;
};
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

test('reads CSV with quotes, line breaks in fields, a byte order mark and empty lines', async () => {
  expect(await all(csvRows(put('\uFEFFpath,label\r\n"a,1.png","big ""cat"""\r\n\r\n"b\n2.png",dog\r\n')))).toEqual([
    { path: 'a,1.png', label: 'big "cat"' },
    { path: 'b\n2.png', label: 'dog' },
  ]);
  expect(await all(csvRows(put('a;b\n1;2\n'), { delimiter: ';' }))).toEqual([{ a: '1', b: '2' }]);
  expect(await all(csvRows(put('')))).toEqual([]);
});
test.each([',', ';', '\t', '|'])('%j is recognised as the separator', async (separator) => {
  const text = [
    ['path', '"a, b; c"', 'label'],
    ['1.png', '"x, y; z|\t"', 'cat'],
  ].map((cells) => cells.join(separator));
  expect(await all(csvRows(put(text.join('\n'))))).toEqual([{ path: '1.png', 'a, b; c': 'x, y; z|\t', label: 'cat' }]);
});
test('a table of one column needs no separator', async () => {
  expect(await all(csvRows(put('path\n1.png\n')))).toEqual([{ path: '1.png' }]);
});
test('what a row could not keep is refused: two columns of one name, and bytes of no known encoding', async () => {
  await expect(all(csvRows(put('path,label,label\na,cat,dog\n')))).rejects.toThrow(
    'is not a valid CSV table: two columns are named "label".',
  );
  const columns = Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(',');
  await expect(all(csvRows(put(`${columns},c5\n`)))).rejects.toThrow('two columns are named "c5".');
  for (const rows of [csvRows, jsonLines])
    await expect(all(rows(put(Buffer.from('caf\xe9 \x81\n', 'latin1'))))).rejects.toThrow(
      /^".*" is neither UTF-8, UTF-16 nor Windows-1252\. Save it as UTF-8\.$/,
    );
  // A character may be split between two parts of the file.
  const text = `path,label\n${'é'.repeat(70_001)}x,ü\n`;
  expect((await all(csvRows(put(text))))[0]!['label']).toBe('ü');
});
test('tables of spreadsheets are read in UTF-16, and in Windows-1252 with a warning', async () => {
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  const rows = [{ path: 'a, b.png', label: 'café' }];
  for (const encoding of ['utf16le', 'latin1'] as const) {
    expect(await all(csvRows(put(Buffer.from('path;label\r\n"a, b.png";café\r\n', encoding)), { onWarning }))).toEqual(
      rows,
    );
    expect(await all(jsonLines(put(Buffer.from(`${JSON.stringify(rows[0])}\n`, encoding)), { onWarning }))).toEqual(
      rows,
    );
  }
  const marked = Buffer.from('\uFEFFpath\tlabel\r\n"a, b.png"\tcafé\r\n', 'utf16le');
  for (const bytes of [marked, Buffer.from(marked).swap16()])
    expect(await all(csvRows(put(bytes), { onWarning }))).toEqual(rows);
  expect(warnings).toEqual(
    Array(2).fill(expect.stringMatching(/table" is not UTF-8, and is read as Windows-1252: ".*café/)),
  );
});
test('a column named __proto__ does not change the prototype', async () => {
  await all(csvRows(put('__proto__,b\nx,2\n')));
  expect(({} as Record<string, unknown>)['b']).toBeUndefined();
});
test('rejects a broken CSV file, with the line', async () => {
  await expect(all(csvRows(put('a,b\n1,2\n3\n')))).rejects.toThrow(/table" is not a valid CSV table: .*line 3/);
  await expect(all(csvRows(put('a,b\n"1,2\n')))).rejects.toThrow('is not a valid CSV table: ');
  await expect(all(csvRows(join(folder, 'gone')))).rejects.toThrow('ENOENT');
});
test('reads JSON lines, and rejects lines that are not objects', async () => {
  expect(await all(jsonLines(put('{"path":"a.png","label":1}\r\n\n{"path":"b.png","label":[0,1]}')))).toEqual([
    { path: 'a.png', label: 1 },
    { path: 'b.png', label: [0, 1] },
  ]);
  for (const line of ['{"a":', '[1]', 'null', '7'])
    await expect(all(jsonLines(put(`{}\n${line}\n`)))).rejects.toThrow(
      `Line 2 of "${join(folder, 'table')}" is not a JSON object: ${JSON.stringify(line)}.`,
    );
  await expect(all(jsonLines(join(folder, 'gone')))).rejects.toThrow('ENOENT');
});
test('reads lines of any length across chunks, with or without a line feed at the end', async () => {
  const long = { a: 'ä€'.repeat(100_000) };
  const text = [long, { b: 1 }, long].map((row) => JSON.stringify(row)).join('\n');
  for (const end of ['', '\n', '\r\n']) expect(await all(jsonLines(put(text + end)))).toEqual([long, { b: 1 }, long]);
});
test('rejects rows of many megabytes after reading no more than the limit', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const path = put('');
  truncateSync(path, 600 * 2 ** 20); // a sparse file: one line of zeros, longer than any text of JavaScript
  await expect(all(jsonLines(path))).rejects.toThrow(
    `Line 1 of "${path}" has more than 16777216 bytes. Fix or remove the line.`,
  );
  await expect(all(csvRows(path))).rejects.toThrow(/table" is not a valid CSV table: .*1048576/);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 27);
});
test('stops reading after a break', async () => {
  for await (const row of csvRows(put(`a\n${'1\n'.repeat(100_000)}`))) {
    expect(row).toEqual({ a: '1' });
    break;
  }
});
