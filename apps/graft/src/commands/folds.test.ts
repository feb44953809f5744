import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { colourFolder, graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';
import type { Summary } from '@graft/finetune';

const folder = workFolder();
const [data, model] = [join(folder, 'colours'), join(folder, 'tiny.onnx')];
const args = [
  '--model',
  model,
  '--data',
  data,
  '--mean',
  '0.5',
  '--std',
  '0.5',
  '--epochs',
  '6',
  '--learning-rate',
  '0.05',
  '--unfreeze',
  '1',
];
const bytesOf = (run: string): Buffer => readFileSync(join(run, 'model.onnx'));
beforeAll(async () => {
  put(tinyBackbone({ side: 16 }), model);
  await colourFolder(data);
});

test('folds are evaluated on held-out images, and the model is the same as without folds', async () => {
  const [folded, plain, again] = ['folded', 'plain', 'again'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const { code, stdout, stderr } = await graft(['finetune', ...args, '--out', folded, '--folds', '3']);
  expect(code).toBe(0);
  expect(stderr.match(/^fold \d\/3: accuracy [\d.]+ %$/gm)).toHaveLength(3);
  expect(stdout).toMatch(
    /^\nvalidation: accuracy .*\n3 folds: accuracy [\d.]+ % ± [\d.]+ % \(accuracy [\d.]+ %, [\d.]+ %, [\d.]+ %\)\n/,
  );
  const { folds, log } = JSON.parse(readFileSync(join(folded, 'summary.json'), 'utf8')) as Summary;
  const scores = folds!.each.map((one) => one['accuracy']!);
  expect(folds!.count).toBe(3);
  for (const score of scores) expect(6 * score).toBeCloseTo(Math.round(6 * score), 9); // 18 images in three parts
  const mean = scores.reduce((a, b) => a + b) / 3;
  expect(folds!.mean['accuracy']).toBeCloseTo(mean, 12);
  expect(folds!.deviation['accuracy']).toBeCloseTo(
    Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 2),
    12,
  );
  expect(log).toHaveLength(1 + 6); // two phases of the final model
  expect(readFileSync(join(folded, 'report.html'), 'utf8')).toMatch(
    /cross-validation<\/th><td class="wide">3 folds: accuracy /,
  );
  expect(readdirSync(folded)).not.toContain('phases');

  expect((await graft(['finetune', ...args, '--out', plain])).code).toBe(0);
  expect(bytesOf(folded).equals(bytesOf(plain))).toBe(true);
  expect((await graft(['finetune', ...args, '--out', again, '--folds', '3'])).code).toBe(0);
  expect({ ...(JSON.parse(readFileSync(join(again, 'summary.json'), 'utf8')) as Summary).folds, seconds: 0 }).toEqual({
    ...folds,
    seconds: 0,
  });
});
test('a run that was stopped within a fold resumes there, to the same scores', async () => {
  const [whole, stopped] = [join(folder, 'folded'), join(folder, 'stopped')];
  const stop = new AbortController();
  const ended = graft(['finetune', ...args, '--out', stopped, '--folds', '3', '--checkpoint-steps', '1'], stop.signal);
  const looking = setInterval(
    () => existsSync(join(stopped, 'phases/fold-2-all/checkpoints/step-00000002/state.json')) && stop.abort(),
    1,
  );
  const { code, stderr } = await ended;
  clearInterval(looking);
  expect([code, stderr.trimEnd().split('\n').at(-1)]).toEqual([
    130,
    `graft: Stopped. Progress was saved. To resume: graft resume ${stopped}`,
  ]);
  expect(readdirSync(join(stopped, 'phases')).sort()).toEqual([
    'fold-1-all',
    'fold-1-head',
    'fold-2-all',
    'fold-2-head',
  ]);
  cpSync(stopped, join(folder, 'copy'), { recursive: true });
  const resumed = await graft(['resume', stopped]);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(/^fold 2\/3, all: resuming after step \d+$/m);
  expect(resumed.stderr).not.toContain('fold 1/3, ');
  const foldsOf = (run: string): unknown => ({
    ...(JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as Summary).folds,
    seconds: 0,
  });
  expect(foldsOf(stopped)).toEqual(foldsOf(whole));
  expect(bytesOf(stopped).equals(bytesOf(whole))).toBe(true);
});
test('regression has folds too', async () => {
  const table = put(
    [
      'path,target',
      ...['blue', 'green', 'red'].flatMap((name, k) =>
        Array.from({ length: 6 }, (_, i) => `colours/${name}/${i}.${i % 2 ? 'png' : 'jpg'},${k}`),
      ),
    ].join('\n'),
    folder,
    'numbers.csv',
  );
  const { code, json } = await graft([
    'finetune',
    '--model',
    model,
    '--data',
    table,
    '--task',
    'regression',
    '--folds',
    '2',
    '--epochs',
    '3',
    '--mean',
    '0.5',
    '--std',
    '0.5',
    '--out',
    join(folder, 'numbers'),
    '--json',
  ]);
  expect(code).toBe(0);
  expect(Object.keys(json<Summary>().folds!.mean)).toEqual(['r2', 'meanAbsoluteError', 'rootMeanSquaredError']);
});
test('too many folds, and an invalid number of folds, are rejected', async () => {
  expect(await graft(['finetune', ...args, '--out', join(folder, 'many'), '--folds', '7'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(
      'graft: Class "blue" has 6 samples, but 7 folds need one each. Use fewer folds, or add samples.',
    ),
  });
  expect(existsSync(join(folder, 'many'))).toBe(false);
  expect((await graft(['finetune', ...args, '--folds', '1'])).stderr).toContain(
    "Option '--folds <n>' argument '1' is invalid. Give an integer of 2 or more.",
  );
});

test('--validation 0 trains on everything: only the folds have scores', async () => {
  const run = join(folder, 'everything');
  const { code, stdout } = await graft(['finetune', ...args, '--out', run, '--validation', '0', '--folds', '3']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\nvalidation: no held-out examples\n3 folds: accuracy [\d.]+ %.*\ntraining: /);
  expect(stdout).not.toMatch(/NaN|undefined|predictions\.png/);
  expect(existsSync(join(run, 'predictions.png'))).toBe(false);
  expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('No held-out images');
  const evaluated = await graft(['evaluate', run, '--data', data]);
  expect(evaluated.stderr).toContain('It held out none, so these scores are too optimistic.');
  const compared = await graft(['compare', run]);
  expect([compared.code, compared.stdout]).toEqual([0, expect.stringMatching(/everything +– +0 /)]);
});
