import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, colouredImage, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const data = join(folder, 'colours');
const trained = join(folder, 'run');
beforeAll(async () => {
  await colourFolder(data);
  const model = put(tinyBackbone({ side: 16 }), folder, 'tiny.onnx');
  await graft([
    'finetune',
    '--model',
    model,
    '--data',
    data,
    '--out',
    trained,
    '--epochs',
    '8',
    '--learning-rate',
    '0.05',
  ]);
});

test('predicts unseen images', async () => {
  const images = await Promise.all(
    (['blue', 'green', 'red', 'green'] as const).map(async (name, i) =>
      put(
        await colouredImage(name, 100 + i, i % 2 ? 'png' : 'jpg', 40),
        folder,
        'unseen',
        `${i}.${i % 2 ? 'png' : 'jpg'}`,
      ),
    ),
  );
  const { code, stderr, json } = await graft(['predict', ...images, '--model', trained, '--top', '2', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const answers = json<{ image: string; classes: { name: string; probability: number }[] }[]>();
  expect(
    answers.map(({ image, classes: [best, second] }) => [image, best!.name, best!.probability > second!.probability]),
  ).toEqual(images.map((image, i) => [image, ['blue', 'green', 'red', 'green'][i], true]));
  const { stdout } = await graft(['predict', images[2]!, '--model', trained]);
  expect(stdout).toMatch(
    /^image +prediction +confidence +runners-up\n─+\n.*2\.jpg +red +[\d.]+ % +(green|blue) [\d.]+ %, (green|blue) [\d.]+ %\n$/,
  );
});
test('averaging over views keeps the class, and is reproducible', async () => {
  const image = put(await colouredImage('green', 7, 'png', 40), folder, 'view.png');
  // One after the other, because output is captured.
  const answers = async (...more: string[]): Promise<{ name: string; probability: number }[]> =>
    (await graft(['predict', image, '--model', trained, ...more, '--json'])).json<
      { classes: { name: string; probability: number }[] }[]
    >()[0]!.classes;
  const [one, many, again] = [await answers(), await answers('--tta', '8'), await answers('--tta', '8')];
  expect([one[0]!.name, many[0]!.name]).toEqual(['green', 'green']);
  expect(many).toEqual(again);
  expect(many[0]!.probability).not.toBe(one[0]!.probability);
});
test('an unreadable image is reported and listed, and the others are predicted', async () => {
  const [none, text, good] = [
    join(folder, 'none.png'),
    put('no image', folder, 'text.png'),
    join(data, 'red', '0.jpg'),
  ];
  const { code, stderr, json } = await graft(['predict', none, text, good, '--model', trained, '--json']);
  const reasons = [
    `"${none}" does not exist. Check the path.`,
    `"${text}" is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it.`,
  ];
  expect({ code, answers: json<unknown>() }).toEqual({
    code: 1,
    answers: [
      { image: none, error: reasons[0] },
      { image: text, error: reasons[1] },
      { image: good, classes: expect.any(Array) as unknown },
    ],
  });
  expect(stderr).toBe(reasons.map((reason) => `graft: ${reason}\n`).join(''));
  expect(await graft(['predict', text, '--model', trained])).toMatchObject({ code: 1, stdout: '' });
});
test('a folder with subfolders, as CSV with one column per class', async () => {
  const mixed = join(folder, 'mixed');
  const good = put(await colouredImage('blue', 3, 'png', 40), mixed, 'deep', 'a, b.png');
  const broken = put('no image', mixed, 'deep', 'er', 'broken.jpg');
  put('left alone', mixed, 'notes.txt');
  const { code, stdout, stderr } = await graft(['predict', mixed, '--model', trained, '--csv']);
  expect([code, stderr]).toEqual([
    1,
    `graft: "${broken}" is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it.\n`,
  ]);
  const [head, first, second] = stdout.trimEnd().split('\r\n');
  expect(head).toBe('image,prediction,blue,green,red,error');
  const [shares] = /(?<=",blue,)[\d.e,-]+(?=,$)/.exec(first!)!;
  expect(first).toBe(`"${good}",blue,${shares},`);
  expect(
    shares
      .split(',')
      .map(Number)
      .reduce((a, b) => a + b),
  ).toBeCloseTo(1, 5);
  expect(second).toBe(
    `${broken},,,,,"""${broken}"" is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it."`,
  );
  expect((await graft(['predict', join(mixed, 'deep', 'er'), '--model', trained])).code).toBe(1);
  expect((await graft(['predict', good, '--model', trained, '--csv', '--json'])).stderr).toBe(
    'graft: --json and --csv cannot be combined. Give one of them.\n',
  );
});

/** A copy of the run with a change. */
let copies = 0;
function spoiled(spoil: (copy: string) => void): string {
  const copy = join(folder, `copy-${copies++}`);
  cpSync(trained, copy, { recursive: true });
  spoil(copy);
  return copy;
}
const withSummary =
  (change: (summary: Record<string, unknown>) => unknown) =>
  (copy: string): void =>
    writeFileSync(
      join(copy, 'summary.json'),
      JSON.stringify(change(JSON.parse(readFileSync(join(copy, 'summary.json'), 'utf8')) as Record<string, unknown>)),
    );
const withPreprocessing = (more: object) =>
  withSummary((summary) => ({ ...summary, preprocessing: { ...(summary['preprocessing'] as object), ...more } }));

test.each<[string, (copy: string) => void, RegExp]>([
  [
    'no summary',
    (copy) => rmSync(join(copy, 'summary.json')),
    /^"COPY" is not a finished run: Cannot read "COPY.summary\.json": there is no such file\. Check the path\. Give the folder of a finished run\.$/,
  ],
  [
    'half a summary',
    (copy) => writeFileSync(join(copy, 'summary.json'), '{"classes": ['),
    /^"COPY" is not a finished run: its summary\.json is not JSON\. Give the folder/,
  ],
  [
    'null',
    (copy) => writeFileSync(join(copy, 'summary.json'), 'null'),
    /^"COPY.summary\.json" is not an object\. Give the folder of a finished run\.$/,
  ],
  [
    'a summary that is a folder',
    (copy) => {
      rmSync(join(copy, 'summary.json'));
      mkdirSync(join(copy, 'summary.json'));
    },
    /^"COPY" is not a finished run: "COPY.summary\.json" is not a file\. Give the folder/,
  ],
  [
    'a huge summary',
    (copy) => writeFileSync(join(copy, 'summary.json'), new Uint8Array(2 ** 24 + 1)),
    /^"COPY" is not a finished run: "COPY.summary\.json" has 16777217 bytes, but the limit is 16777216\. Give/,
  ],
  [
    'classes that are numbers',
    withSummary((summary) => ({ ...summary, classes: [1, 2, 3] })),
    /expects "classes" to be a list of names/,
  ],
  [
    'control characters in classes',
    withSummary((summary) => ({ ...summary, classes: ['a', 'b', '\u001B[2J'] })),
    /expects "classes" to be a list of names/,
  ],
  [
    'other classes',
    withSummary((summary) => ({ ...summary, classes: ['a', 'b', 'c'] })),
    /^"COPY.model\.onnx" was trained on other classes, but summary\.json lists 3 classes\. The folder's files do not belong together; copy the run again\.$/,
  ],
  [
    'a huge image size',
    withPreprocessing({ width: 40_000, height: 40_000 }),
    /does not say under "preprocessing" how images are fed to the model/,
  ],
  ['a standard deviation of 0', withPreprocessing({ std: [0] }), /does not say under "preprocessing"/],
  ['two means', withPreprocessing({ mean: [0, 0] }), /does not say under "preprocessing"/],
  [
    'no model',
    (copy) => rmSync(join(copy, 'model.onnx')),
    /^Cannot read "COPY.model\.onnx": there is no such file\. Check the path\.$/,
  ],
  [
    'a changed bit in the model',
    (copy) => {
      const bytes = readFileSync(join(copy, 'model.onnx'));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(copy, 'model.onnx'), bytes);
    },
    /^"COPY.model\.onnx" is damaged or belongs to another run: its SHA-256 differs from the one in summary\.json\. Copy the run again, or train again\.$/,
  ],
  [
    'half a model and no digest',
    (copy) => {
      writeFileSync(join(copy, 'model.onnx'), readFileSync(join(copy, 'model.onnx')).subarray(0, 500));
      withSummary(({ modelSha256: _, ...summary }) => summary)(copy);
    },
    /^COPY.model\.onnx.* is not an ONNX model, or is truncated/,
  ],
  [
    'another model and no digest',
    (copy) => {
      put(tinyBackbone(), copy, 'model.onnx');
      withSummary(({ modelSha256: _, ...summary }) => summary)(copy);
    },
    /^"COPY.model\.onnx" has outputs of shape \[1, 5\], but summary\.json lists 3 classes\./,
  ],
])('a run folder with %s is rejected', async (_, spoil, sentence) => {
  const copy = spoiled(spoil);
  const { code, stdout, stderr } = await graft(['predict', join(data, 'red', '0.jpg'), '--model', copy]);
  expect(
    stderr
      .replaceAll(copy, 'COPY')
      .replace(/^graft: /, '')
      .trimEnd(),
  ).toMatch(sentence);
  expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
});
test.runIf(process.platform !== 'win32')('a run folder whose model is a link out of it is rejected', async () => {
  const copy = spoiled((path) => {
    rmSync(join(path, 'model.onnx'));
    symlinkSync('/etc/hostname', join(path, 'model.onnx'));
  });
  expect((await graft(['predict', 'x.png', '--model', copy])).stderr).toMatch(
    /leads through a link to "\/etc\/hostname", which is outside ".*"\. Remove the link\.\n$/,
  );
});
test('a folder without a run, and a missing folder, are rejected', async () => {
  for (const path of [data, join(folder, 'none')])
    expect(await graft(['predict', 'x.png', '--model', path])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^graft: ".*" is not a finished run: .*\. Give the folder of a finished run\.\n$/),
    });
});
