import { cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colouredImage, colourFolder, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
const photos = join(folder, 'photos');
beforeAll(async () => void (await colourFolder(photos, 6)));
const images = ['blue', 'green', 'red'].flatMap((colour) =>
  Array.from({ length: 6 }, (_, i) => ({ colour, file: `${colour}/${i}.${i % 2 ? 'png' : 'jpg'}`, i })),
);
let runs = 0;
const train = async (data: string, ...more: string[]): Promise<Ended & { out: string; labels: string[] }> => {
  const out = join(folder, `run-${runs++}`);
  const shared = ['--model', model, '--mean', '0.5', '--std', '0.5', '--epochs', '2', '--views', '1'];
  const ended = await graft(['finetune', ...shared, '--data', data, '--out', out, ...more]);
  return {
    ...ended,
    out,
    labels: ended.code ? [] : readFileSync(join(out, 'labels.txt'), 'utf8').split('\n').slice(0, -1),
  };
};

test('.jfif files and subfolders are read, and everything else is counted', async () => {
  const data = join(folder, 'mixed');
  cpSync(photos, data, { recursive: true });
  renameSync(join(data, 'red/0.jpg'), join(data, 'red/0.jfif'));
  renameSync(join(data, 'red/1.png'), join(data, 'red/1'));
  put(await colouredImage('red', 7, 'jpg'), data, 'red/second-batch/7.JPG');
  put('x', data, 'red/second-batch/photo.heic');
  put('x', data, 'blue/notes.md');
  put('x', data, 'blue/Thumbs.db');
  const { code, stderr } = await train(data);
  expect([code, stderr]).toEqual([0, expect.stringContaining('3 classes, 15 training images, 4 held out')]);
  expect(stderr).toContain(
    'Left out 2 of 21 files, which are not images in a known format: 1 .heic, 1 .md. Convert .heic to JPEG or PNG to use them.',
  );
});

test('train, val and test folders are used as they are, and the folders of systems are no classes', async () => {
  const data = join(folder, 'parts');
  for (const { file, i } of images)
    cpSync(join(photos, file), join(data, i < 3 ? 'train' : i < 5 ? 'val' : 'test', file));
  mkdirSync(join(data, 'train/__MACOSX/blue'), { recursive: true });
  const { code, stderr, labels } = await train(data);
  expect([code, labels]).toEqual([0, ['blue', 'green', 'red']]);
  expect(stderr).toContain('9 training images, 6 held out, 3 for the test');
  const alone = await train(join(data, 'train'));
  expect([alone.code, alone.labels]).toEqual([0, ['blue', 'green', 'red']]);
});

test('an evaluation shows classes that its data lacks, without the folder or with an empty one', async () => {
  const { out } = await train(photos);
  const data = join(folder, 'two');
  for (const colour of ['blue', 'green']) cpSync(join(photos, colour), join(data, colour), { recursive: true });
  const lacking = await graft(['evaluate', out, '--data', data]);
  mkdirSync(join(data, 'red'));
  const empty = await graft(['evaluate', out, '--data', data]);
  rmSync(join(data, 'green'), { recursive: true });
  const one = await graft(['evaluate', out, '--data', data]);
  for (const [{ code, stdout }, count] of [
    [lacking, 12],
    [empty, 12],
    [one, 6],
  ] as const) {
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^red +– +– +– +0 *$/m)]);
    expect(stdout).toContain(`on ${count} samples`);
    expect(stdout).not.toContain('NaN');
  }
  expect(lacking.stderr).toBe('');
  expect(empty.stderr).toBe('graft: The folder "red" contains no images, so it is not a class.\n');
});

const table = (name: string, head: string, row: (image: (typeof images)[number]) => string): string =>
  put(`${head}\n${images.map(row).join('\n')}\n`, photos, name);

test.each([
  ['blanks around a class', 'path,label', ','],
  ['semicolons', 'path;label', ';'],
  ['another usual name of the column', 'filename,label', ','],
])('a table with %s', async (name, head, separator) => {
  const labels = table(`${name}.csv`, head, ({ file, colour, i }) => `${file}${separator}${colour}${i % 2 ? ' ' : ''}`);
  expect(await train(labels)).toMatchObject({ code: 0, labels: ['blue', 'green', 'red'] });
});

test('tables of several labels: commas in a column, and the True and False of pandas', async () => {
  const commas = table(
    'commas.csv',
    'path,labels',
    ({ file, colour, i }) => `${file},"${colour}${i % 2 ? ', outdoor' : ''}"`,
  );
  const listed = await train(commas, '--task', 'multilabel');
  expect(listed).toMatchObject({ code: 0, labels: ['blue', 'green', 'outdoor', 'red'] });
  expect(listed.stderr).toContain('are separated by ",". If that is wrong, set --label-separator.');
  const flags = table('flags.csv', 'path,blue,green', ({ file, colour }) =>
    [file, ...['blue', 'green'].map((one) => (colour === one ? 'True' : 'False'))].join(','),
  );
  const flagged = await train(flags, '--task', 'multilabel', '--targets', 'blue,green');
  expect(flagged).toMatchObject({ code: 0, labels: ['blue', 'green'] });
});

test('rows without a number are named', async () => {
  const numbers = table('numbers.csv', 'path,target', ({ file, i }) => `${file},${i === 5 ? '' : i}`);
  const { code, stderr } = await train(numbers, '--task', 'regression');
  expect(code).toBe(0);
  expect(stderr.match(/left out a row: Row (?:6|12|18) of ".*numbers\.csv" has nothing in "target"\./g)).toHaveLength(
    3,
  );
});

test('copies of an image in two classes are named', async () => {
  const data = join(folder, 'copies');
  cpSync(photos, data, { recursive: true });
  cpSync(join(data, 'red/0.jpg'), join(data, 'blue/copy.jpg'));
  const { code, stderr } = await train(data);
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining(
      'graft: 2 images have the same content as others, but different classes: "blue/copy.jpg" and "red/0.jpg". Remove',
    ),
  ]);
});
