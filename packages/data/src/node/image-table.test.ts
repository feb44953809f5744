import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { imageTable } from './image-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-image-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('reads CSV with paths relative to the table, and sorts classes by name', async () => {
  const images = await imageTable(put('a.csv', 'path,label\nx/1.png,dog\n2.png,cat\n3.png,dog\n'));
  expect(images).toMatchObject({ classes: ['cat', 'dog'], labels: Int32Array.of(1, 0, 1), length: 3 });
  expect(images.get(0)).toEqual({ input: join(folder, 'x', '1.png'), label: 1, path: join(folder, 'x', '1.png') });
  expect(() => images.get(3)).toThrow('There is no sample 3');
});
test('reads JSON lines with other columns and another folder', async () => {
  const table = put('b.jsonl', '{"file":"1.png","class":3}\n{"file":"2.png","class":"b"}\n');
  const images = await imageTable(table, { pathColumn: 'file', labelColumn: 'class', root: '/photos' });
  expect([images.classes, await images.get(1)]).toEqual([
    ['3', 'b'],
    { input: join('/photos', '2.png'), label: 1, path: join('/photos', '2.png') },
  ]);
});
test('skips rows whose path leads out of the folder', async () => {
  const images = await imageTable(
    put(
      'c.csv',
      `path,label\n1.png,a\n2.png,b\n3.png,b\n4.png,b\n${['../x.png', '/etc/passwd', 'a/../../x.png', '.'].map((path) => `${path},b`).join('\n')}\n`,
    ),
  );
  expect(images.length).toBe(4);
  expect(images.quarantined).toEqual(
    ['../x.png', '/etc/passwd', 'a/../../x.png', '.'].map((path, i) => ({
      row: 5 + i,
      reason: `Row ${5 + i} of "${join(folder, 'c.csv')}" has the path ${JSON.stringify(path)}, which is not a file inside "${folder}". Set root to the folder of the images.`,
    })),
  );
});
test('names missing columns, cells, classes and rows', async () => {
  await expect(imageTable(put('d.csv', 'file,label\n1.png,a\n'))).rejects.toThrow(
    `1 of 1 rows cannot be used. The first: Row 1 of "${join(folder, 'd.csv')}" has no "path"; it has: file, label. Name the column with the option pathColumn. Fix the rows, or raise quarantineLimit.`,
  );
  expect((await imageTable(put('d.csv', 'path,label\n1.png,a\n2.png,\n3.png,b\n'))).quarantined).toMatchObject([
    { row: 2 },
  ]);
  await expect(imageTable(put('d.csv', 'path,label\n1.png,a\n'))).rejects.toThrow(
    'has one class ("a"), but two or more are needed.',
  );
  await expect(imageTable(put('d.csv', 'path,label\n'))).rejects.toThrow('lists no images');
});
