import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
beforeAll(async () => void (await colourFolder(join(folder, 'photos'), 4)));
const names = { blue: 'café', green: 'vert', red: 'Œil' } as const;
const images = (Object.keys(names) as (keyof typeof names)[]).flatMap((colour) =>
  Array.from({ length: 4 }, (_, i) => ({ colour, path: `photos/${colour}/${i}.${i % 2 ? 'png' : 'jpg'}` })),
);
let runs = 0;
const train = async (table: string, ...more: string[]): Promise<Ended & { out: string; labels: string[] }> => {
  const out = join(folder, `run-${runs++}`);
  const shared = ['--model', model, '--mean', '0.5', '--std', '0.5', '--epochs', '2', '--views', '1'];
  const ended = await graft(['finetune', ...shared, '--data', table, '--out', out, ...more]);
  const labels = ended.code ? [] : readFileSync(join(out, 'labels.txt'), 'utf8').trimEnd().split('\n');
  return { ...ended, out, labels };
};

test('tables in Windows-1252 and UTF-16 have the right class names, and a guess is said by every command', async () => {
  const text = ['path;label', ...images.map(({ path, colour }) => `${path};${names[colour]}`)].join('\r\n');
  const western = put(
    Uint8Array.from(text, (one) => (one === 'Œ' ? 0x8c : one.charCodeAt(0))),
    folder,
    'western.csv',
  );
  const wide = put(Buffer.from(text, 'utf16le'), folder, 'wide.csv');
  const guess = /^graft: ".*western\.csv" is not UTF-8, and is read as Windows-1252: "(?:café|Œil)"\. If its letters/m;
  const guessed = await train(western);
  expect([guessed.code, guessed.labels, guessed.stderr]).toEqual([
    0,
    ['café', 'vert', 'Œil'],
    expect.stringMatching(guess),
  ]);
  expect(readFileSync(join(guessed.out, 'report.html'), 'utf8')).toContain('is read as Windows-1252');
  const known = await train(wide);
  expect([known.code, known.labels]).toEqual([0, ['café', 'vert', 'Œil']]);
  expect(known.stderr).not.toContain('Windows-1252');
  const evaluated = await graft(['evaluate', known.out, '--data', western]);
  expect([evaluated.code, evaluated.stderr]).toEqual([0, expect.stringMatching(guess)]);
  expect((await graft(['doctor', model, '--data', western])).stderr).toMatch(guess);
});

test('columns, folder and separator of a table can be given, and are remembered for evaluation and prediction', async () => {
  const rows = images.map(
    ({ path, colour }, i) => `${path.slice('photos/'.length)},x${i},${colour}/${i % 2 ? 'odd' : 'even'}`,
  );
  const table = put(['where,path,tags', ...rows].join('\n'), folder, 'elsewhere', 'tags.csv');
  const flags = ['--path-column', 'where', '--path-root', join(folder, 'photos'), '--label-separator', '/'];
  const task = ['--task', 'multilabel', '--targets', 'tags'];
  const trained = await train(table, ...task, ...flags);
  expect([trained.code, trained.labels]).toEqual([0, ['blue', 'even', 'green', 'odd', 'red']]);
  expect(trained.stderr).not.toContain('separated by');
  const root = flags.slice(2, 4);
  const evaluated = await graft(['evaluate', trained.out, '--data', table, ...root]);
  expect([evaluated.code, evaluated.stdout]).toEqual([0, expect.stringMatching(/on 12 examples/)]);
  const predicted = await graft(['predict', table, '--model', trained.out, '--json', ...root]);
  expect(predicted.code).toBe(0);
  expect(predicted.json<{ image: string }[]>().map(({ image }) => image)).toEqual(
    images.map(({ path }) => join(folder, path)),
  );
  // A table with other columns is read by their usual names.
  const usual = put(['path', ...images.map(({ path }) => path), 'gone.png', ''].join('\n'), folder, 'usual.csv');
  const more = await graft(['predict', usual, '--model', trained.out, '--csv']);
  expect([more.code, more.stdout.trimEnd().split('\n').length]).toEqual([1, 14]);
  expect(more.stderr).toMatch(/^graft: ".*gone\.png" does not exist\. Check the path\.\n$/);
});

test.each<[string, string[], RegExp]>([
  [
    'a column that does not exist',
    ['--path-column', 'photo'],
    /has no column "photo"; it has: path, label, n\. Set --path-column to/,
  ],
  [
    'a path out of the folder',
    ['--path-root', join(folder, 'photos', 'red')],
    /which is not a file inside ".*red"\. Set --path-root to/,
  ],
  [
    'a separator for classes',
    ['--label-separator', ';'],
    /--label-separator is for several labels in one column, but classification/,
  ],
  [
    'targets that do not exist',
    ['--targets', 'kind'],
    /has no "kind"; it has: path, label, n\. Name the column with --targets\./,
  ],
])('%s is refused, and the message names the flag', async (_, flags, message) => {
  const rows = images.map(({ path, colour }, i) => `${path},${colour},${i}`);
  const table = put(
    ['path,label,n', ...rows.map((row) => (flags[0] === '--path-root' ? `../${row}` : row))].join('\n'),
    folder,
    'plain.csv',
  );
  const { code, stderr } = await train(table, ...flags);
  expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
});

test('data beside a table may be a folder, or a table with other columns', async () => {
  const rows = images.map(({ path, colour }) => `${path},${colour}`);
  const [main, usual] = [
    put(['where,label', ...rows].join('\n'), folder, 'main.csv'),
    put(['path,label', ...rows].join('\n'), folder, 'other.csv'),
  ];
  const { code, stderr } = await train(
    main,
    '--path-column',
    'where',
    '--validation-data',
    join(folder, 'photos'),
    '--test-data',
    usual,
  );
  expect([code, stderr]).toEqual([0, expect.stringContaining('12 training images, 12 held out, 12 for the test')]);
});

test('a folder has no columns', async () => {
  const { code, stderr } = await train(join(folder, 'photos'), '--path-column', 'where');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/--path-column is for tables, but ".*photos" is not a table/),
  ]);
});
