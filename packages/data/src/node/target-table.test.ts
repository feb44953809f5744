import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { multiLabelTable, regressionTable } from './target-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'graft-target-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, ...lines: string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
};
const hot = (targets: readonly Float32Array[]): string[] => targets.map((target) => target.join(''));

test('multiLabelTable reads class names separated by |, JSON arrays and empty cells', async () => {
  const csv = await multiLabelTable(
    put('a.csv', 'path,labels', '1.png,dog|cat', '2.png,', '3.png,"[""cat"", 7]"', '4.png, dog | dog '),
  );
  expect(csv).toMatchObject({ names: ['7', 'cat', 'dog'], length: 4, quarantined: [] });
  expect(hot(csv.targets)).toEqual(['011', '000', '110', '001']);
  expect(csv.get(0)).toEqual({
    input: join(folder, '1.png'),
    label: Float32Array.of(0, 1, 1),
    path: join(folder, '1.png'),
  });
  expect(() => csv.get(4)).toThrow('There is no sample 4');
  const lines = await multiLabelTable(
    put('a.jsonl', '{"path":"1.png","tags":["b","a"]}', '{"path":"2.png","tags":[]}'),
    { labelColumn: 'tags' },
  );
  expect([lines.names, hot(lines.targets)]).toEqual([
    ['a', 'b'],
    ['11', '00'],
  ]);
});
test('multiLabelTable reads one column per class', async () => {
  const table = await multiLabelTable(put('b.csv', 'path,sun,rain,wind', '1.png,1,0,true', '2.png,false,1,1'), {
    classColumns: ['wind', 'sun'],
  });
  expect([table.names, hot(table.targets)]).toEqual([
    ['wind', 'sun'],
    ['11', '10'],
  ]);
});
test('regressionTable reads one or several target columns', async () => {
  const table = put('c.csv', 'path,age,height', '1.png,31,1.5', '2.png,-4,1e2');
  expect((await regressionTable(table, { targetColumns: ['age'] })).targets).toEqual([31, -4]);
  expect(await regressionTable(table, { targetColumns: ['height', 'age'] })).toMatchObject({
    names: ['height', 'age'],
    targets: [Float32Array.of(1.5, 31), Float32Array.of(100, -4)],
  });
});
test('skips invalid rows, with the reason', async () => {
  const several = await multiLabelTable(
    put('d.csv', 'path,labels', '1.png,a', '2.png,[1', '../3.png,a', '4.png,"[{}]"', '5.png,b', '6.png,b', '7.png,b'),
  );
  expect(several.length).toBe(4);
  const reasonsOf = (rows: readonly { reason: string }[]): string[] =>
    rows.map(({ reason }) => reason.replaceAll(folder, ''));
  expect(reasonsOf(several.quarantined)).toEqual([
    'Row 2 of "/d.csv" has "[1" in "labels", but must have class names separated by |, or a JSON array of them.',
    'Row 3 of "/d.csv" has the path "../3.png", which is not a file inside "". Set root to the folder of the images.',
    'Row 4 of "/d.csv" has "[{}]" in "labels", but must have class names separated by |, or a JSON array of them.',
  ]);
  const measures = await regressionTable(
    put('e.csv', 'path,target', '1.png,1', '2.png,tall', '3.png,', '4.png,4', '5.png,1e99', '6.png,6'),
  );
  expect(measures.targets).toEqual([1, 4, 6]);
  expect(reasonsOf(measures.quarantined)).toEqual([
    'Row 2 of "/e.csv" has "tall" in "target", but must have a number such as 12, -1.5 or 2e-3.',
    'Row 3 of "/e.csv" has nothing in "target". Fill in the cell, or remove the row.',
    'Row 5 of "/e.csv" has "1e99" in "target", but must have a number such as 12, -1.5 or 2e-3.',
  ]);
  await expect(
    multiLabelTable(put('f.csv', 'path,a', '1.png,1', '2.png,0', '3.png,2'), {
      classColumns: ['a'],
      quarantineLimit: 0,
    }),
  ).rejects.toThrow(
    '1 of 3 rows cannot be used. The first: Row 3 of "' +
      join(folder, 'f.csv') +
      '" has "2" in "a", but must have 0 or 1. Fix the rows, or raise quarantineLimit.',
  );
  await expect(multiLabelTable(put('g.csv', 'path,labels', '1.png,'))).rejects.toThrow(
    'has no class names in "labels". Name the column with the option labelColumn.',
  );
  await expect(regressionTable(put('h.csv', 'path,target', '1.png,1'), { targetColumns: [] })).rejects.toThrow(
    'expects one column or more in targetColumns, got none.',
  );
});
