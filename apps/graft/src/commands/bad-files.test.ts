import { cpSync, mkdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { pngStrip } from '../../../../tools/testing/png.mjs';
import { colouredImage, colourFolder, type Ended, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
const [data, copy, run] = ['data', 'copy', 'run'].map((name) => join(folder, name)) as [string, string, string];
/** Files that no decoder reads, and what is said of each. */
const bad: Readonly<Record<string, RegExp>> = {
  '!empty.png': /is an empty file/,
  '!link.png': /is a broken link/,
  '!strip.png': /has 1×60000 pixels/,
  '!text.png': /is not an image in a known format/,
  '!cut.jpg': /is a broken image/,
};
beforeAll(async () => {
  await colourFolder(data, 6);
  const jpeg = await colouredImage('blue', 1, 'jpg', 64);
  // Its EXIF data ends in the middle, which does not matter to the pixels.
  const exif = Buffer.from('ffe1001045786966000049492a00ffffffff', 'hex');
  put(Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]), data, 'blue', '!exif.jpg');
  truncateSync(put(jpeg, data, 'blue', '!cut.jpg'), Math.floor(jpeg.length / 2));
  put('', data, 'blue', '!empty.png');
  put('a text', data, 'blue', '!text.png');
  put(pngStrip(1, 60_000), data, 'blue', '!strip.png');
  symlinkSync(join(folder, 'gone.png'), join(data, 'blue', '!link.png'));
  mkdirSync(join(data, 'blue', 'folder.png'));
  cpSync(data, copy, { recursive: true });
  put(jpeg, copy, 'red', 'more.jpg'); // not the data of the run
  const shared = ['--model', model, '--mean', '0.5', '--std', '0.5', '--epochs', '2', '--views', '1'];
  trained = await graft(['finetune', ...shared, '--data', data, '--out', run]);
});
let trained: Ended;

/** Expects each bad file to be named once, and no other. */
function expectNamed(stderr: string): void {
  const named = stderr.split('\n').filter((line) => line.includes('!'));
  expect(named).toHaveLength(Object.keys(bad).length);
  for (const [name, reason] of Object.entries(bad))
    expect(named.find((line) => line.includes(`${name}"`))).toMatch(reason);
}

test('a run leaves bad files out, and its files count them', () => {
  expect(trained.code).toBe(0);
  expectNamed(trained.stderr);
  const { quarantined, trainImages, validationImages } = JSON.parse(
    readFileSync(join(run, 'summary.json'), 'utf8'),
  ) as Record<string, unknown> & { quarantined: object[] };
  expect([quarantined.length, Number(trainImages) + Number(validationImages)]).toEqual([5, 19]);
  expect(readFileSync(join(run, 'model-card.md'), 'utf8')).toContain('5 examples could not be read and were left out.');
});

test.each<[string, string[], RegExp]>([
  ['evaluate', ['evaluate', run, '--data', data], /on 19 samples/],
  [
    'export',
    ['export', run, '--int8', '--data', copy, '--out', join(folder, 'small.onnx')],
    /calibrated on \d+ others/,
  ],
  ['recommend', ['models', 'recommend', model, '--data', data, '--folds', '2'], /of 19 images/],
  ['doctor', ['doctor', model, '--data', data, '--batch', '32'], /can be fine-tuned/],
])('%s names bad files and uses the others', async (_, args, expected) => {
  const { code, stdout, stderr } = await graft(args);
  expect([code, stdout]).toEqual([0, expect.stringMatching(expected)]);
  expectNamed(stderr);
});

test('preview shows the next image if one cannot be read', async () => {
  const args = [
    'preview',
    '--data',
    data,
    '--transforms',
    'digits',
    '--count',
    '2',
    '--out',
    join(folder, 'sheet.png'),
  ];
  const { code, stdout } = await graft(args);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^2 images with 6 augmented views/)]);
});

test('predict answers for all files that can be read, whatever the others are', async () => {
  mkdirSync(join(folder, 'nothing.png'), { recursive: true });
  symlinkSync(join(folder, 'nothing.png'), join(data, 'red', 'elsewhere'), 'junction');
  const others = [join(folder, 'nothing.png'), join(folder, 'gone.png'), put('path,label\n', folder, 'no-rows.csv')];
  const { code, stderr, json } = await graft(['predict', data, ...others, '--model', run, '--json']);
  const rows = json<{ image: string; error?: string }[]>();
  expect([code, rows.filter(({ error }) => error === undefined).length]).toEqual([1, 19]);
  const errors = rows.flatMap(({ error }) => error ?? []);
  expect(errors).toHaveLength(9);
  for (const reason of [
    ...Object.values(bad),
    /contains no images/,
    /does not exist/,
    /lists no images/,
    /elsewhere" is a link/,
  ])
    expect(errors.filter((error) => reason.test(error))).toHaveLength(1);
  expect(stderr).toContain('set --follow-links');
  const alone = await graft(['predict', others[0]!, '--model', run]);
  expect([alone.code, alone.stderr]).toEqual([1, expect.stringMatching(/contains no images .*\. Give another folder/)]);
});
