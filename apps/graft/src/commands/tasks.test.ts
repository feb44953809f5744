import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModel } from '@graft/onnx';
import { Random } from '@graft/tensor';
import sharp from 'sharp';
import { beforeAll, expect, test, vi } from 'vitest';
import { colourFolder, graft, put, runInOnnxruntime, tinyBackbone, workFolder } from '../../test/workbench.ts';
import type { Summary } from '@graft/finetune';

const folder = workFolder();
const model = join(folder, 'tiny.onnx');
const [labels, columns, numbers, classes] = ['labels.csv', 'columns.jsonl', 'numbers.csv', 'classes.csv'].map((name) =>
  join(folder, name),
) as [string, string, string, string];
const shared = [
  '--model',
  model,
  '--mean',
  '0.5',
  '--std',
  '0.5',
  '--epochs',
  '25',
  '--batch',
  '8',
  '--views',
  '2',
  '--learning-rate',
  '0.05',
];
/** An image that may be red and blue, with green from 0 to 1. */
async function draw(name: string, [red, blue, light]: readonly [boolean, boolean, number]): Promise<void> {
  const random = new Random(7).fork(name);
  const pixels = Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => {
    return 30 + [red ? 150 : 0, 180 * light, blue ? 150 : 0][i % 3]! + 10 * random.next();
  });
  put(
    await sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } })
      .png()
      .toBuffer(),
    folder,
    'images',
    name,
  );
}
beforeAll(async () => {
  put(tinyBackbone({ side: 16 }), model);
  const rows = Array.from({ length: 40 }, (_, i) => ({
    name: `${i}.png`,
    red: i % 2 === 0,
    blue: i % 3 === 0,
    light: ((i * 7) % 40) / 40,
  }));
  for (const { name, red, blue, light } of rows) await draw(name, [red, blue, light]);
  put(
    [
      'path,labels',
      ...rows.map(
        ({ name, red, blue }) => `images/${name},${[red && 'red', blue && 'blue'].filter(Boolean).join('|')}`,
      ),
    ].join('\n'),
    labels,
  );
  put(
    rows
      .map(({ name, red, blue }) =>
        JSON.stringify({ file: `images/${name}`, path: `images/${name}`, red: Number(red), blue: Number(blue) }),
      )
      .join('\n'),
    columns,
  );
  put(
    [
      'path,target,mass',
      ...rows.map(({ name, light }) => `images/${name},${1000 + 50 * light},${0.001 * (1 - light)}`),
      'images/1.png,many,1',
      'images/missing.png,1000,0',
    ].join('\n'),
    numbers,
  );
  put(['path,label', ...rows.map(({ name, red }) => `images/${name},${red ? 'red' : 'other'}`)].join('\n'), classes);
});
const finetune = async (out: string, ...more: string[]): Promise<{ summary: Summary; stderr: string }> => {
  const { code, stderr, json } = await graft(['finetune', ...shared, '--out', join(folder, out), '--json', ...more]);
  expect({ code, stderr: code ? stderr : '' }).toEqual({ code: 0, stderr: '' });
  return { summary: json<Summary>(), stderr };
};
const metadata = (out: string, key: string): string | undefined =>
  readModel(new Uint8Array(readFileSync(join(folder, out, 'model.onnx')))).metadata.get(key);

test('multilabel: trained, evaluated by label, predicted, exported', async () => {
  const { summary, stderr } = await finetune('labels', '--task', 'multilabel', '--data', labels);
  expect(stderr).toBe('');
  expect(summary).toMatchObject({
    task: 'multilabel',
    classes: ['blue', 'red'],
    trainImages: 32,
    validationImages: 8,
    validationAccuracy: null,
  });
  expect(Object.keys(summary.validation!)).toEqual(['multiLabelF1', 'meanAveragePrecision', 'exactMatch']);
  expect(summary.validation!['multiLabelF1']).toBeGreaterThan(0.99);
  expect((summary['log'] as object[])[0]).toMatchObject({
    epoch: 1,
    validationExactMatch: expect.any(Number) as number,
    validationMultiLabelF1: expect.any(Number) as number,
  });
  expect([metadata('labels', 'task'), metadata('labels', 'labels')]).toEqual(['multilabel', '["blue","red"]']);
  expect(readFileSync(join(folder, 'labels', 'report.html'), 'utf8')).toMatch(
    /macro F1 <strong>[\d.]+ %<\/strong> on 8 held-out images/,
  );

  const evaluated = await graft(['evaluate', join(folder, 'labels'), '--data', columns, '--json']);
  // The table lacks the column that the run was trained on.
  expect(evaluated).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no "labels"; it has: file, path, red, blue.'),
  });
  const { stdout } = await graft(['evaluate', join(folder, 'labels'), '--data', labels]);
  expect(stdout).toMatch(
    /^label +precision +recall +F1 +average precision +examples\n─+\n(blue|red) .*\n(blue|red) .*\nmacro F1 [\d.]+ % · mean average precision [\d.]+ % · exact match [\d.]+ %, on 40 examples\n$/,
  );

  const [none, both] = [join(folder, 'images', '1.png'), join(folder, 'images', '6.png')];
  const answers = (await graft(['predict', none, both, '--model', join(folder, 'labels'), '--json'])).json<
    { labels: string[]; classes: { name: string; probability: number }[] }[]
  >();
  expect(answers.map(({ labels }) => labels.sort())).toEqual([[], ['blue', 'red']]);
  expect((await graft(['predict', both, '--model', join(folder, 'labels'), '--csv'])).stdout).toMatch(
    /^image,prediction,blue,red,error\r\n.*6\.png,(red\|blue|blue\|red),0\.\d+,0\.\d+,\n$/,
  );
});
test('columns of 0 and 1 give the same model as lists of labels', async () => {
  const { summary } = await finetune('columns', '--task', 'multilabel', '--data', columns, '--targets', 'blue,red');
  expect(summary).toMatchObject({ classes: ['blue', 'red'], targets: ['blue', 'red'] });
  expect(
    readFileSync(join(folder, 'columns', 'model.onnx')).equals(readFileSync(join(folder, 'labels', 'model.onnx'))),
  ).toBe(true);
  expect(
    (await graft(['evaluate', join(folder, 'columns'), '--data', columns, '--json'])).json<{
      multiLabelF1: number;
      samples: number;
    }>(),
  ).toMatchObject({ samples: 40, multiLabelF1: expect.any(Number) as number });
});
test('regression: predictions are in the units of the table, in onnxruntime too', async () => {
  const { summary, stderr } = await finetune(
    'numbers',
    '--task',
    'regression',
    '--data',
    numbers,
    '--targets',
    'target,mass',
  );
  expect(
    stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => line.slice(0, 23)),
  ).toEqual(['graft: left out a row: ', 'graft: left out an imag']);
  expect(summary).toMatchObject({
    task: 'regression',
    classes: ['target', 'mass'],
    quarantined: [
      { reason: expect.stringContaining('Row 41') as string },
      { path: join(folder, 'images', 'missing.png') },
    ],
  });
  expect(summary.validation!['r2']).toBeGreaterThan(0.91);
  expect(summary.validation!['meanAbsoluteError']).toBeLessThan(5);
  const { stdout } = await graft(['evaluate', join(folder, 'numbers'), '--data', numbers]);
  expect(stdout).toMatch(
    /^target +R² +mean absolute error +root mean squared error\n─+\ntarget +0\.9\d+ .*\nmass +0\.9\d+ +[\de.-]+ +[\de.-]+\non 40 examples\n$/,
  );
  const image = join(folder, 'images', '0.png');
  const [{ values }] = (await graft(['predict', image, '--model', join(folder, 'numbers'), '--json'])).json<
    { values: Record<string, number> }[]
  >() as [{ values: Record<string, number> }];
  expect(values['target']).toBeGreaterThan(985);
  expect(values['target']).toBeLessThan(1015);
  expect(values['mass']).toBeLessThan(0.002);
  const input = new Float32Array(3 * 16 * 16).fill(-0.5);
  const [target, mass] = await runInOnnxruntime(
    new Uint8Array(readFileSync(join(folder, 'numbers', 'model.onnx'))),
    input,
    [1, 3, 16, 16],
  );
  expect([target! > 900 && target! < 1100, Math.abs(mass!) < 0.01]).toEqual([true, true]);
  expect(
    (await graft(['export', join(folder, 'numbers'), '--out', join(folder, 'small.onnx'), '--int8', '--data', numbers]))
      .stdout,
  ).toMatch(/; R² 0\.\d{3} \(float: 0\.9\d\d\) on 8 held-out images; calibrated on 32 training images/);
});
test('another regression loss, with an unfrozen backbone', async () => {
  const config = put(
    JSON.stringify({ loss: { name: 'smoothL1', beta: 0.5 }, task: 'regression' }),
    folder,
    'graft.config.json',
  );
  const { summary } = await finetune('smooth', '--config', config, '--data', numbers, '--unfreeze', 'all');
  expect(summary.validation!['r2']).toBeGreaterThan(0.95);
  expect(summary).toMatchObject({ frozenTensors: 2, trainableParameters: 216 + 1152 + 17 });
});
test('classes from a table', async () => {
  const { summary } = await finetune('classes', '--data', classes);
  expect(summary).toMatchObject({
    task: 'classification',
    classes: ['other', 'red'],
    validationAccuracy: expect.any(Number) as number,
  });
  expect(summary.validationAccuracy).toBe(1);
  expect((await graft(['evaluate', join(folder, 'classes'), '--data', classes])).stdout).toMatch(
    /^class +precision +recall/,
  );
});
test(
  'a regression run resumes to the same bytes, and lr-find suggests a rate for it',
  { timeout: 30_000 },
  async () => {
    const args = [
      'finetune',
      ...shared,
      '--task',
      'regression',
      '--data',
      numbers,
      '--epochs',
      '3',
      '--checkpoint-steps',
      '1',
    ];
    const [whole, stopped] = [join(folder, 'whole'), join(folder, 'stopped')];
    expect((await graft([...args, '--out', whole])).code).toBe(0);
    const stop = new AbortController();
    const ended = graft([...args, '--out', stopped], stop.signal);
    const looking = setInterval(
      () => existsSync(join(stopped, 'phases/head/checkpoints/step-00000003/state.json')) && stop.abort(),
      1,
    );
    expect((await ended).code).toBe(130);
    clearInterval(looking);
    expect((await graft(['resume', stopped])).code).toBe(0);
    expect(readFileSync(join(stopped, 'model.onnx')).equals(readFileSync(join(whole, 'model.onnx')))).toBe(true);
    expect(
      (
        await graft([
          'lr-find',
          '--model',
          model,
          '--data',
          numbers,
          '--task',
          'regression',
          '--mean',
          '0.5',
          '--std',
          '0.5',
        ])
      ).stdout,
    ).toMatch(/Suggested: --learning-rate [\d.e-]+\n$/);
  },
);
test('compare lists runs of the same task, and rejects different tasks', async () => {
  const at = (name: string): string => join(folder, name);
  const { code, stdout } = await graft(['compare', at('smooth'), at('numbers')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^run +R² +held out/);
  expect(await graft(['compare', at('numbers'), at('labels')])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `graft: "${at('numbers')}" is a regression run and "${at('labels')}" is a multilabel run, so their scores cannot be compared. Give runs of the same task.\n`,
  });
});
test.each<[string, () => string[], string | RegExp]>([
  [
    'a folder with regression',
    () => ['--task', 'regression', '--data', join(folder, 'colours')],
    /^graft: Regression reads targets from a table, but ".*colours" is a folder\. Use a table \(\.csv or \.jsonl\) with the columns path and target\.$/,
  ],
  [
    'a folder with multilabel',
    () => ['--task', 'multilabel', '--data', join(folder, 'colours')],
    /^graft: Multilabel reads targets from a table, but ".*" is a folder\. Use a table \(\.csv or \.jsonl\) with the columns path and labels\.$/,
  ],
  [
    'target columns for a folder',
    () => ['--targets', 'a', '--data', join(folder, 'colours')],
    /^graft: --targets selects table columns, but ".*colours" is not a table\. Remove the option, or use a table \(\.csv or \.jsonl\)\.$/,
  ],
  [
    'a missing table',
    () => ['--task', 'regression', '--data', join(folder, 'none.csv')],
    /^graft: The table ".*none\.csv" does not exist\. Check the path\.$/,
  ],
  [
    'classes instead of numbers',
    () => ['--task', 'regression', '--data', labels],
    /^graft: 40 of 40 rows cannot be used\. The first: Row 1 of ".*labels\.csv" has no "target"; it has: path, labels\. Name the column with --targets\. Fix the rows, or remove them\.$/,
  ],
  [
    'two class columns',
    () => ['--data', classes, '--targets', 'label,path'],
    'graft: Classification expects one column of class names, got 2 (label, path). Select one, or use the objective multilabel.',
  ],
  [
    'an unknown task',
    () => ['--task', 'regresion', '--data', numbers],
    'graft: No objective "regresion". Did you mean "regression"? Available: classification, multilabel, regression.',
  ],
  [
    'an invalid row with --strict',
    () => ['--strict', '--task', 'regression', '--data', numbers],
    /^graft: Row 41 of ".*numbers\.csv" has "many" in "target", but must have a number such as 12, -1\.5 or 2e-3\. Without --strict, it is left out\.$/,
  ],
  [
    'a table without readable images',
    () => ['--task', 'regression', '--data', put('path,target\nnone.png,1\ngone.png,2', folder, 'lost.csv')],
    /^graft: None of the 2 images can be read\. The first: ".*none\.png" does not exist\. Check the path\.$/,
  ],
  [
    'a regression loss for classes',
    () => ['--data', classes, '--config', put('{"loss": "meanSquaredError"}', folder, 'wrong.json')],
    /expects output and target of the same shape/,
  ],
])('%s is rejected in one sentence', async (_, more, sentence) => {
  await colourFolder(join(folder, 'colours'), 2);
  const { code, stdout, stderr } = await graft(['finetune', ...shared, '--out', join(folder, 'refused'), ...more()]);
  const last = stderr.trimEnd().split('\n').at(-1)!;
  if (typeof sentence === 'string') expect(last).toBe(sentence);
  else expect(last).toMatch(sentence);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
test('a summary with a different task than the model is rejected', async () => {
  const file = join(folder, 'columns', 'summary.json');
  const text = readFileSync(file, 'utf8');
  put(text.replace('"task": "multilabel"', '"task": "regression"'), file);
  expect((await graft(['predict', 'x.png', '--model', join(folder, 'columns')])).stderr).toMatch(
    /model\.onnx" was trained for the task multilabel, but summary\.json has the task regression\. The folder's files do not belong together; copy the run again\.\n$/,
  );
  put(text.replace('"task": "multilabel"', '"task": "guessing"'), file);
  expect((await graft(['predict', 'x.png', '--model', join(folder, 'columns')])).stderr).toContain(
    'No objective "guessing". Available: classification, multilabel, regression',
  );
});
test('report and model card of multilabel', () => {
  const page = readFileSync(join(folder, 'labels', 'report.html'), 'utf8');
  for (const part of ['Macro F1', 'Thresholds', 'Labels that occur together', 'Hardest examples'])
    expect(page).toContain(`>${part}<`);
  expect(page).toMatch(/aria-label="blue: precision over recall, best F1 at [\d.]+ %"/);
  expect(page).not.toMatch(/NaN|undefined|<script/);
  const card = readFileSync(join(folder, 'labels', 'model-card.md'), 'utf8');
  expect(card).toMatch(/^# tiny\.onnx\\: blue, red\n\nA multi-label classifier for images/);
  expect(card).toMatch(/\| all images \| 32 \| 8 \|/);
});
test('report and model card of regression, with a constant baseline', () => {
  const page = readFileSync(join(folder, 'numbers', 'report.html'), 'utf8');
  for (const part of ['R²', 'Predicted and true values', 'Errors', 'Comparison with a baseline', 'Hardest examples'])
    expect(page).toContain(`>${part}<`);
  expect(page.match(/class="point"/g)).toHaveLength(16);
  expect(page).not.toMatch(/NaN|undefined|<script/);
  expect(readFileSync(join(folder, 'numbers', 'model-card.md'), 'utf8')).toMatch(
    /## Data\n\n32 training images, 8 held-out images\.\n\n\| number \| training minimum \| mean \| maximum \|\n\| --- \| --- \| --- \| --- \|\n\| target \| 10\d\d/,
  );
});
test.each([
  ['multilabel', 'labels', 'Macro F1', 'macro F1 \\d', 'no labels|correct|missed|wrongly'],
  ['regression', 'numbers', 'R²', 'R² 0\\.\\d', 'target predicted \\d+'],
])('the dashboard of %s', async (task, of, curve, ending, hard) => {
  const pages: Record<string, string>[] = [];
  const out = join(folder, `watched-${task}`);
  const ended = graft([
    'finetune',
    ...shared,
    '--task',
    task,
    '--data',
    of === 'labels' ? labels : numbers,
    ...(of === 'numbers' ? ['--targets', 'target,mass'] : []),
    '--dashboard',
    '0',
    '--out',
    out,
  ]);
  const stderr = vi.mocked(process.stderr.write).mock;
  const address = (): string | undefined =>
    /http:\S+/.exec(
      stderr.calls.map(([text]) => String(text)).join('') +
        vi
          .mocked(console.error)
          .mock.calls.map(([text]) => String(text))
          .join(''),
    )?.[0];
  while (!address()) await new Promise((resolve) => setTimeout(resolve, 5));
  const listening = await fetch(`${address()!}events`);
  let text = '';
  for await (const chunk of listening.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('event: end')) break;
  }
  for (const [, data] of text.matchAll(/event: sections\ndata: (.*)/g))
    pages.push(JSON.parse(data!) as Record<string, string>);
  expect((await ended).code).toBe(0);
  const last = Object.assign({}, ...pages) as Record<string, string>;
  expect(last['learning']).toContain(`<strong>${curve}</strong>`);
  expect(last['learning']).toContain('<strong>Learning rate</strong>');
  expect(last['stage']).toMatch(new RegExp(`The run has ended</strong>: ${ending}.* on held-out examples`));
  expect(last['scores']).toMatch(/<th scope="row" class="name">(blue|target)<\/th>/);
  expect(last['hardest']).toMatch(new RegExp(hard));
  const bytes = (name: string): Buffer => readFileSync(join(folder, name, 'model.onnx'));
  expect(bytes(`watched-${task}`).equals(bytes(of))).toBe(true);
});
test('doctor and preview read tables', async () => {
  const tried = await graft([
    'doctor',
    model,
    '--task',
    'regression',
    '--data',
    numbers,
    '--targets',
    'target,mass',
    '--batch',
    '4',
  ]);
  expect(tried.stdout).toMatch(/33 training examples[^]*Measured with 8 of 41 examples/);
  expect(tried.stdout).toContain(
    `graft finetune --model ${model} --data ${numbers} --task regression --targets target,mass --batch 4\n`,
  );
  expect(tried.stderr).toContain('graft: left out a row: Row 41 of ');
  expect(tried.code).toBe(0);
  expect((await graft(['doctor', model, '--task', 'multilabel', '--data', labels, '--json'])).json()).toMatchObject({
    canBeFinetuned: true,
    images: { all: 40, learned: 32 },
  });
  const sheet = join(folder, 'sheet.png');
  expect(
    await graft([
      'preview',
      '--task',
      'multilabel',
      '--data',
      labels,
      '--transforms',
      'wholeImage',
      '--out',
      sheet,
      '--count',
      '3',
      '--views',
      '2',
    ]),
  ).toMatchObject({ code: 0, stdout: `3 images with 2 augmented views each: ${sheet}\n`, stderr: '' });
  expect((await graft(['preview', '--data', labels, '--transforms', 'wholeImage', '--out', sheet])).stderr).toMatch(
    /has no "label"/,
  );
});
test('regression sees the edges of images: nothing is cropped', async () => {
  const [side, edge] = [48, 3];
  const rows: string[] = [];
  for (let i = 0; i < 60; i++) {
    const [random, light] = [new Random(3).fork('edge', i), ((i * 7) % 60) / 60];
    const isEdge = (at: number): boolean => at < edge || at >= side - edge;
    const pixels = Uint8Array.from({ length: side * side * 3 }, (_, k) => {
      const [x, y] = [Math.floor(k / 3) % side, Math.floor(k / 3 / side)];
      return 90 + 20 * random.next() + (k % 3 === 1 && (isEdge(x) || isEdge(y)) ? 140 * light : 0);
    });
    put(
      await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer(),
      folder,
      'edges',
      `${i}.png`,
    );
    rows.push(`edges/${i}.png,${light}`);
  }
  const { summary } = await finetune(
    'edges',
    '--task',
    'regression',
    '--data',
    put(['path,target', ...rows].join('\n'), folder, 'edges.csv'),
  );
  expect(summary.validation!['r2']).toBeGreaterThan(0.94);
});
