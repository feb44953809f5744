import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfusionMatrix, classReport } from '@graft/train';
import { expect, test } from 'vitest';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts';
import { modelCard } from './model-card.ts';
import { usageOf } from './usage.ts';

const folder = workFolder();
const preprocessing = { width: 32, height: 32, channels: 3, order: 'rgb', mean: [0.5], std: [0.25] } as const;
const evil = '| ![x](https://evil.example/x.png) <script>alert(1)</script> `"\u2028# www.evil.example \u202Etxt';

test('a hostile name stays a text in Markdown', () => {
  expect(escapeMarkdown('a_b|c<d>\u2028e `f`')).toBe(String.raw`a\_b\|c\<d\> e \`f\``);
  expect(escapeMarkdown('http://x and a@b and www.x')).toBe(String.raw`http\://x and a\@b and www\.x`);
  expect(markdownTable(['a'], [['1|2'], ['x\ny']])).toBe('| a |\n| --- |\n| 1\\|2 |\n| x y |');
  expect(codeBlock('echo ```', 'sh')).toBe('````sh\necho ```\n````');
});
test('a card says what there is to know, and of a hostile name nothing but the name', () => {
  const classes = [evil, 'b'];
  const matrix = new ConfusionMatrix(2);
  for (const [truth, answers] of [
    [0, [7, 3]],
    [1, [0, 10]],
  ] as const)
    answers.forEach((count, answer) => matrix.counts.set([count], 2 * truth + answer));
  const card = modelCard({
    backbone: {
      name: `/home/me/${evil.replaceAll('/', '')}.onnx`,
      cut: evil,
      features: 16,
      licence: evil,
      preprocessing,
    },
    classes,
    learned: [40, 41],
    report: classReport(matrix, classes),
    parameters: 1419,
    trainable: 51,
    quarantined: 2,
    command: "graft finetune --data '`x`'",
  });
  expect(card).toContain('85.0 % of 20 images (95 % interval 64.0 % to 94.8 %).');
  expect(card).toContain('51 of 1,419 parameters were learned.');
  expect(card).toContain('| b | 41 | 10 |');
  expect(card).toContain(': 3 of 10.\n');
  expect(card).toContain('2 files could not be read and were left out.');
  expect(card).toContain('judged by 10 images only');
  // Outside of code nothing is left of the name's markup.
  const prose = card.replace(/^(`{3,}).*?^\1$/gms, '').replace(/(?<!\\)`[^`]*`/g, '');
  expect(prose).not.toMatch(/(?<!\\)[<>]|(?<!\\)!\[|https:|www\.|\u202E|\u2028|\/home/);
  expect(prose.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
  expect(
    modelCard({
      backbone: { name: 'a.onnx', cut: 'c', features: 1, licence: undefined, preprocessing },
      classes,
      learned: [1, 1],
      report: classReport(matrix, classes),
      parameters: 1,
      trainable: 1,
      quarantined: 0,
      command: 'graft',
    }),
  ).toContain('not known, as the file came without a card.');
});
test('a run has a card, and the lines in it classify an image as graft does', { timeout: 60_000 }, async () => {
  const [data, out, model] = [
    join(folder, 'colours'),
    join(folder, 'run'),
    put(tinyBackbone({ side: 32 }), folder, 'tiny.onnx'),
  ];
  await colourFolder(data, 8);
  expect(
    (
      await graft([
        'finetune',
        '--model',
        model,
        '--data',
        data,
        '--out',
        out,
        '--mean',
        '0.5',
        '--std',
        '0.25',
        '--epochs',
        '20',
        '--learning-rate',
        '0.05',
      ])
    ).code,
  ).toBe(0);
  const card = readFileSync(join(out, 'model-card.md'), 'utf8');
  expect(card).toMatch(/^# tiny\.onnx on 3 classes\n/);
  const code = /```js\n(.*?)\n```/s.exec(card)![1]!;
  const script = fileURLToPath(new URL(`../../.card-test-${process.pid}.mjs`, import.meta.url)); // beside this package's dependencies
  writeFileSync(script, code);
  try {
    for (const name of ['blue', 'green', 'red']) {
      const photo = join(folder, `new ${name}.jpg`);
      cpSync(join(data, name, '0.jpg'), photo);
      const { stdout } = await promisify(execFile)(process.execPath, [script, photo], { cwd: out });
      const [answer] = (await graft(['predict', photo, '--model', out, '--json'])).json<
        { top?: { label: string }[]; answers?: { label: string }[] }[]
      >();
      expect([stdout.trim(), JSON.stringify(answer)]).toEqual([name, expect.stringContaining(`"${name}"`)]);
    }
  } finally {
    rmSync(script);
  }
});
test('grey images, blue first, and digits as their preset has them', () => {
  expect(usageOf({ ...preprocessing, channels: 1 })).toContain("toColourspace('b-w')");
  expect(usageOf({ ...preprocessing, order: 'bgr' })).toContain('pixels[3 * (i % size) + 2 - c]');
  expect(usageOf({ ...preprocessing, polarity: 'darkOnLight' })).toMatch(
    /resize\(32, 32, \{ fit: 'fill' \}\).*pixels\[1 \* \(i % size\) \+ 0\]/s,
  );
});
