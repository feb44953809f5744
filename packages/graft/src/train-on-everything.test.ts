import {
  compareRuns,
  describeComparison,
  describeRun,
  finetune,
  type FinetuneOptions,
  openRun,
  type RunEvent,
  resumeRun,
} from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let app: App;
let files: File[];
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 6 });
});
afterAll(() => app.dispose());

const model = smallNetwork({ side: 16 });
const settings: Omit<FinetuneOptions, 'data'> = {
  model,
  mean: [0.5],
  std: [0.25],
  epochs: 6,
  batch: 4,
  views: 1,
  validation: 0,
};
const colourOf = ({ name }: File): string => name.split('/')[0]!;
const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());
/** Examples in code, with a label of a task's kind. */
const given = (labelOf: (file: File) => object): Promise<object[]> =>
  Promise.all(files.map(async (file) => ({ input: await bytesOf(file), name: file.name, ...labelOf(file) })));

describe.each([
  ['classification', undefined, async () => files],
  [
    'multilabel',
    ['warm', 'cold'],
    () => given((file) => ({ warm: Number(colourOf(file) === 'red'), cold: Number(colourOf(file) !== 'red') })),
  ],
  ['regression', ['length'], () => given((file) => ({ length: colourOf(file).length }))],
] as const)('%s without held-out examples', (task, targets, dataOf) => {
  test('trains on everything, keeps the last epoch, and has no scores', async () => {
    const data = await dataOf();
    const storage = memoryStorage();
    const events: RunEvent[] = [];
    const options = { ...settings, task, ...(targets && { targets }), data, metrics: [] };
    const { summary, scores, best, history } = await finetune(options, {
      app,
      storage,
      events: (event) => events.push(event),
      onPrepared: ({ trained, heldOut }) => expect([trained.length, heldOut.length]).toEqual([18, 0]),
    });
    expect([scores, best]).toEqual([{}, {}]);
    expect(summary).toMatchObject({ trainImages: 18, validationImages: 0, validationAccuracy: null });
    expect(summary).not.toHaveProperty('validation');
    expect(history).toHaveLength(6);
    expect(Object.keys(history[0]!).filter((name) => /validation/i.test(name))).toEqual([]);
    expect(events).toContainEqual({ type: 'status', message: expect.stringMatching(/18 training images, none held/) });
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(describeRun(app, summary)).toMatch(/^validation: no held-out examples\ntraining: /);
    const [report, card] = await Promise.all(
      ['report.html', 'model-card.md'].map(async (name) => new TextDecoder().decode(await storage.read(name))),
    );
    expect(report).toContain('<strong>No held-out images</strong>, so this model has no score of its own');
    for (const section of ['learning', 'this-run']) expect(report).toContain(`<h2 id="${section}"`);
    expect(report!.match(/<h2 id="/g)).toHaveLength(2);
    expect(card).toContain('No images were held out, so this model has no score of its own.');
    expect(card).toContain('No images were held out; the model was trained on all of them.');
    for (const text of [report, card, describeRun(app, summary)]) {
      expect(text).not.toMatch(/\bNaN\b|undefined|Infinity/);
      expect(text).not.toMatch(/\b0(?:\.0)? %/);
    }
    const run = await openRun(storage, { app });
    expect((await run.evaluate(data)).samples).toBe(18);
    expect((await run.predict([await bytesOf(files[0]!)]))[0]!.error).toBeUndefined();
    await run.dispose();
    const comparison = await compareRuns(app, [storage]);
    expect(comparison.runs).toMatchObject([{ score: undefined, best: false }]);
    expect(describeComparison(comparison)).not.toMatch(/NaN|undefined|best\s+–/);
  });
});

test('a cross-validation is the only score of such a run, and its folds keep the last epoch, too', async () => {
  const storage = memoryStorage();
  const kept: (string | undefined)[] = [];
  const { summary } = await finetune(
    { ...settings, data: files, folds: 3 },
    { app, storage, onPrepared: ({ options }) => void kept.push(options.keep) },
  );
  expect(kept).toEqual(['last']);
  expect(summary.folds!.each).toHaveLength(3);
  const scores = /3 folds: accuracy [\d.]+ % ± [\d.]+ % \(accuracy/;
  expect(describeRun(app, summary)).toMatch(scores);
  for (const name of ['report.html', 'model-card.md'])
    expect(new TextDecoder().decode(await storage.read(name)).replaceAll('\\', '')).toMatch(scores);
});

test('a head that is fitted at once needs no held-out examples either, and fine-tuning keeps its last epoch', async () => {
  const { epochs: _, ...rest } = settings;
  const storage = memoryStorage();
  const { summary } = await finetune(
    { ...rest, epochs: 2, solver: 'lbfgs', unfreeze: 1, data: files },
    { app, storage },
  );
  expect(summary).toMatchObject({ solver: 'lbfgs', kept: 'all' });
  expect(summary).not.toHaveProperty('baselines');
  const [report, card] = await Promise.all(
    ['report.html', 'model-card.md'].map(async (name) => new TextDecoder().decode(await storage.read(name))),
  );
  for (const text of [report, card, describeRun(app, summary)]) expect(text).not.toMatch(/\bNaN\b|undefined|Infinity/);
  expect(describeRun(app, summary)).toContain('the weights of the last epoch were kept.');
});

test('a class with one example is enough, and an interrupted run resumes with the same bits', async () => {
  const data = files.filter(({ name }) => !/blue\/[1-5]/.test(name));
  const [whole, parted] = [memoryStorage(), memoryStorage()];
  await finetune({ ...settings, data }, { app, storage: whole });
  const stop = new AbortController();
  await expect(
    finetune(
      { ...settings, data },
      {
        app,
        storage: parted,
        signal: stop.signal,
        callbacks: () => [{ name: 'stop', afterEpoch: ({ epoch }) => void (epoch === 2 && stop.abort()) }],
      },
    ),
  ).rejects.toMatchObject({ code: 'run.stopped' });
  await resumeRun({ app, storage: parted }, { model, data });
  expect(await parted.read('model.onnx')).toEqual(await whole.read('model.onnx'));
});

test('validation data is still used: a fraction of 0 only holds out none of the training data', async () => {
  const data = files.map((file) => {
    const part = /[45]\.png$/.test(file.name) ? 'val' : 'train';
    return new File([file], `${part}/${file.name}`);
  });
  const events: RunEvent[] = [];
  const { summary, best } = await finetune(
    { ...settings, data },
    { app, storage: memoryStorage(), events: (event) => events.push(event) },
  );
  expect(summary).toMatchObject({ trainImages: 12, validationImages: 6 });
  expect(best).toHaveProperty('head');
  expect(events).toContainEqual({
    type: 'status',
    message: 'no images are held out of the training data; the 6 validation images of the data validate',
  });
});

test('a test part gives the only score', async () => {
  const data = files.map((file) => new File([file], `${file.name.endsWith('5.png') ? 'test' : 'train'}/${file.name}`));
  const storage = memoryStorage();
  const { summary } = await finetune({ ...settings, data }, { app, storage });
  expect(summary).toMatchObject({ trainImages: 15, validationImages: 0, testImages: 3 });
  const [report, card] = await Promise.all(
    ['report.html', 'model-card.md'].map(async (name) => new TextDecoder().decode(await storage.read(name))),
  );
  expect(report).toMatch(/<strong>No held-out images<\/strong>, but accuracy [\d.]+ % on 3 test images/);
  expect(card).toContain('No images were held out for validation.\n');
  expect(card).toMatch(/Test: accuracy [\d.]+ % on 3 test images/);
});

test('the best epoch cannot be chosen without held-out examples', () =>
  expect(finetune({ ...settings, data: files, keep: 'best' }, { app, storage: memoryStorage() })).rejects.toMatchObject(
    {
      code: 'options.value',
      message: expect.stringContaining('The option keep is "best", but the option validation is 0'),
    },
  ));
