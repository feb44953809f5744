import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGraft, finetune, memoryStorage, openRun, standardPlugins } from '@graft/graft/node';
import { readModel } from '@graft/onnx';
import type { Plugin } from '@graft/plugin';
import { describePlugin } from '@graft/plugin/testing';
import * as ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { curveText, curveZip, type Ended, graft, grades, put, tinyNetwork, workFolder } from '../test/workbench.ts';
import gauges, { parseCurve, resampled } from './index.ts';

describePlugin(gauges, {
  after: standardPlugins,
  notMade: { curve: 'it needs an app', checked: 'it needs an app' },
});

const folder = workFolder();
const entry = fileURLToPath(new URL('index.ts', import.meta.url));
const run = join(folder, 'run');
const settings = {
  task: { name: 'ordinal', order: grades, rule: 'mode' },
  modality: { name: 'curve', noise: 0.02 },
  metrics: ['withinOne'],
  backend: 'checked',
  epochs: 12,
  views: 2,
  learningRate: 0.05,
};
const config = (plugin: string, name: string): string =>
  put(JSON.stringify({ plugins: [plugin], model: 'tiny.onnx', data: 'curves.zip', ...settings }), folder, name);
const json = <T>({ code, stdout, stderr }: Ended): T => {
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as T;
};
const text = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');

beforeAll(async () => {
  put(tinyNetwork(), folder, 'tiny.onnx');
  put(curveZip(20), folder, 'curves.zip');
  put(curveZip(6, 100), folder, 'others.zip');
  for (const [grade, name] of grades.entries()) put(curveText(grade, 500), folder, 'new', `${name}.curve`);
  const { code, stderr } = await graft('finetune', '--config', config(entry, 'graft.config.json'), '--out', run);
  if (code !== 0) throw new Error(stderr);
}, 60_000);

interface Numbers {
  readonly [name: string]: number;
}

test('the command trains on a zip archive with every contribution, as summary, report and model card show', () => {
  const { validation, log, best, ...summary } = JSON.parse(text('run', 'summary.json')) as {
    validation: Numbers;
    log: Numbers[];
    best: Numbers;
  };
  expect(summary).toMatchObject({
    task: 'ordinal',
    modality: 'curve',
    classes: grades,
    cut: 'pooled',
    trainImages: 64,
  });
  expect(validation['gradeError']).toBeLessThan(0.6); // chance: 1.25
  expect(validation['withinOne']).toBeGreaterThan(0.9); // chance: 0.625
  expect(log[0]!['loss']! - log.at(-1)!['loss']!).toBeGreaterThan(0.2);
  const errors = log.map((epoch) => epoch['validationGradeError']!);
  expect(errors[best['head']! - 1]).toBe(Math.min(...errors)); // less is better
  expect(log[0]).toHaveProperty('validationWithinOne');
  const report = text('run', 'report.html');
  expect(report).toMatch(/<h2 id="grade-distances">Grades off<.*Within this many grades, final values: model 100 %/s);
  expect(report).toContain('<strong>Within one</strong>'); // the curve of the metric
  expect(report).toContain('data:image/svg+xml;base64,'); // a curve
  expect(text('run', 'model-card.md')).toContain('resampled to 32 steps');
});
test('predict, evaluate and grade-errors work with the run', async () => {
  const given = ['--plugin', entry];
  const files = grades.map((name) => join(folder, 'new', `${name}.curve`));
  const predictions = json<{ curve: string; grade: string }[]>(
    await graft('predict', ...files, '--model', run, '--json', ...given),
  );
  expect(predictions.map(({ curve }) => curve)).toEqual(files);
  const off = predictions.map(({ grade }, i) => Math.abs(grades.indexOf(grade as (typeof grades)[number]) - i));
  expect(Math.max(...off)).toBeLessThanOrEqual(1);

  const others = join(folder, 'others.zip');
  const evaluated = json<{ gradeError: number; samples: number; rows: { grade: string }[] }>(
    await graft('evaluate', run, '--data', others, '--backend', 'checked', '--json', ...given),
  );
  expect(evaluated.samples).toBe(24);
  expect(evaluated.rows.map(({ grade }) => grade)).toEqual(grades);
  expect(evaluated.gradeError).toBeLessThan(0.7);
  const listed = json<{ example: string; off: number }[]>(
    await graft('grade-errors', run, others, '--least', '0', '--json', ...given),
  );
  expect(listed.map(({ off }) => off)).toEqual(listed.map(({ off }) => off).toSorted((a, b) => b - a));
  expect(listed.reduce((sum, { off }) => sum + off, 0) / 24).toBeCloseTo(evaluated.gradeError, 10);
  const far = listed.filter(({ off }) => off >= 1);
  const table = await graft('grade-errors', run, others, '--least', '1', ...given);
  expect(table.stdout.trimEnd().split('\n')).toHaveLength(far.length + 2);
  expect(table.stdout).toContain(far[0]!.example);
  expect((await graft('grade-errors', run, others, '--least', 'x', ...given)).stderr).toContain(
    'an integer number of grades',
  );
});
test('the exported file runs in onnxruntime with the same outputs', async () => {
  const bytes = readFileSync(join(run, 'model.onnx'));
  const curve = resampled(parseCurve(curveText(2, 7), 'curve', 1), 32);
  const session = await ort.InferenceSession.create(bytes);
  const results = await session.run({ curve: new ort.Tensor('float32', curve.values, [1, 1, 32]) });
  const theirs = Array.from(results['logProbabilities']!.data as Float32Array, Math.exp);
  const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
  const { fileStorage } = await import('@graft/storage/node');
  const opened = await openRun(fileStorage(run), { app });
  const [{ values = [] } = {}] = await opened.predict([new TextEncoder().encode(curveText(2, 7))]);
  expect(theirs.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  expect(values).toHaveLength(grades.length);
  for (const [k, value] of values.entries()) expect(value).toBeCloseTo(theirs[k]!, 5);
  expect(readModel({ name: 'model.onnx', model: bytes }).nodes.map(({ opType }) => opType)).toContain('Softplus');
  await app.dispose();
});

test('the script of the model card predicts the same as the command', async () => {
  const script = /```js\n(.*?)```/s.exec(text('run', 'model-card.md'))![1]!;
  // In this package, to resolve onnxruntime-node.
  const file = put(script, import.meta.dirname, '..', '.cache', `usage-${process.pid}.mjs`);
  const curves = grades.map((name) => join(folder, 'new', `${name}.curve`));
  const printed = curves.map((curve) =>
    execFileSync(process.execPath, [file, curve], { cwd: run, encoding: 'utf8' }).trim(),
  );
  rmSync(file);
  const predictions = json<{ grade: string }[]>(
    await graft('predict', ...curves, '--model', run, '--json', '--plugin', entry),
  );
  expect(printed).toEqual(predictions.map(({ grade }) => grade));
});
test('graft plugins check passes', async () => {
  const { findings } = json<{ findings: { what: string; holds: boolean }[] }>(
    await graft('plugins', 'check', entry, '--json'),
  );
  expect(findings.filter(({ holds }) => !holds)).toEqual([]);
  expect(findings.map(({ what }) => what)).toContain('command grade-errors');
});

/** Runs the training of the tests above with a call of finetune(). */
async function inCode(plugin: Plugin, changes: object = {}): Promise<Awaited<ReturnType<typeof finetune>>> {
  const app = await createGraft({ plugins: [plugin], modelsFrom: [] });
  return finetune(
    { model: tinyNetwork(), data: curveZip(10), ...settings, epochs: 2, ...changes } as Parameters<typeof finetune>[0],
    { app, storage: memoryStorage() },
  );
}
test('in code: trains on bytes in memory, and an opened run keeps the options of its objective', async () => {
  const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
  const { storage, scores, history, summary } = await inCode(gauges);
  expect(Object.keys(scores)).toEqual(['gradeError', 'withinOne']);
  expect(history).toHaveLength(2);
  expect(summary).toMatchObject({ taskOptions: { order: grades, rule: 'mode' }, modalityOptions: { noise: 0.02 } });
  const opened = await openRun(storage, { app });
  expect(opened.objective.usage).toContain('Math.max'); // of the rule "mode"
  const { samples } = await opened.evaluate(new File([curveZip(2, 50).slice()], 'some.zip'));
  expect(samples).toBe(8);
  const [first, bad] = await opened.predict([Array.from({ length: 50 }, (_, i) => Math.sin(i / 6)), 'not-there.curve']);
  expect(first!.json).toMatchObject({ grade: expect.stringMatching(new RegExp(grades.join('|'))) });
  expect(bad!.error).toBe('"not-there.curve" does not exist. Check the path.');
  await app.dispose();
});
test('the checked backend gives bit-identical results to the backend that it wraps', async () => {
  const read = async (backend: string): Promise<Uint8Array> =>
    (await inCode(gauges, { backend, unfreeze: 'all' })).storage.read('model.onnx');
  expect(Buffer.from(await read('checked')).equals(Buffer.from(await read('wasm')))).toBe(true);
});
test('the checked backend names the op that produces NaN', async () => {
  const broken = tinyNetwork({
    nodes: [
      ['Conv', ['curve', 'stem.weight'], ['stem'], { strides: [2], pads: [2, 2] }],
      ['Sqrt', ['stem'], ['root']],
      ['Conv', ['root', 'body.weight'], ['body'], { pads: [1, 1] }],
      ['GlobalAveragePool', ['body'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
  });
  await expect(inCode(gauges, { model: broken })).rejects.toThrow(
    /The op "sqrt" produced NaN from inputs \[\d+, 12, 16\]/,
  );
  await expect(inCode(gauges, { model: broken, backend: 'wasm' })).rejects.toThrow('The loss became NaN');
});

/** What happens without each contribution: the error, or what is missing in the result. */
const missing: readonly (readonly [label: string, message: string | RegExp])[] = [
  ['modality', 'No modality "curve".'],
  ['objective', 'No objective "ordinal".'],
  ['report section', 'no section'],
  ['command', "Unknown command 'grade-errors'."],
  ['dataset source', /curves\.zip" is a file\. Pass a folder/],
  ['metric', 'No metric "withinOne".'],
  ['backend', 'No backend "checked".'],
  ['ONNX exporter', 'The op "ordinalLogProbabilities" of "add", "constant" has no ONNX form.'],
];
test('every contribution has a row in the table above', () =>
  expect(missing.map(([label]) => label).toSorted()).toEqual(
    gauges.contributes.map(({ point }) => point.label).toSorted(),
  ));
test.each(missing)('the command needs the %s', async (label, message) => {
  const name = label.replaceAll(' ', '-');
  const less = put(
    `import gauges from ${JSON.stringify(entry)};
export default { ...gauges, contributes: gauges.contributes.filter(({ point }) => point.label !== ${JSON.stringify(label)}) };`,
    folder,
    `without-${name}.ts`,
  );
  const out = join(folder, `without-${name}`);
  const trained = await graft('finetune', '--config', config(less, `${name}.json`), '--epochs', '1', '--out', out);
  const listed = trained.code
    ? undefined
    : await graft('grade-errors', out, join(folder, 'others.zip'), '--plugin', less);
  const problems = [
    trained.stderr,
    listed?.stderr,
    existsSync(join(out, 'report.html')) && !text(`without-${name}`, 'report.html').includes('id="grade-distances"')
      ? 'no section'
      : '',
  ].join('\n');
  expect(problems).toMatch(message);
});
test.each(missing.filter(([label]) => label !== 'command'))('finetune() needs the %s', async (label, message) => {
  const less = { ...gauges, contributes: gauges.contributes.filter(({ point }) => point.label !== label) };
  const problem = await inCode(less, { epochs: 1 }).then(
    async ({ storage }) =>
      new TextDecoder().decode(await storage.read('report.html')).includes('id="grade-distances"') ? '' : 'no section',
    (error: Error) => error.message,
  );
  expect(problem).toMatch(label === 'dataset source' ? 'This data (an object) cannot be opened as curves.' : message);
});
