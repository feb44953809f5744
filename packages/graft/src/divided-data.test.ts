import { finetune, type FinetuneOptions, openRun, type RunEvent } from '@graft/finetune';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let app: App;
let files: File[];
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 9 });
});
afterAll(() => app.dispose());

const settings: Omit<FinetuneOptions, 'data'> = { model: smallNetwork({ side: 16 }), epochs: 4, batch: 4, views: 1 };
const numberOf = ({ name }: File): number => Number(/(\d+)\.png$/.exec(name)![1]);
const renamed = (file: File, name: string): File => new File([file], name);
/** Five images of each class for training, two for validation, two for the test. */
const partOf = (file: File): string => (numberOf(file) < 5 ? 'train' : numberOf(file) < 7 ? 'valid' : 'test');

test('a data set with train, validation and test folders is used as it is divided', async () => {
  const data = files.map((file) => renamed(file, `${partOf(file)}/${file.name}`));
  const storage = memoryStorage();
  const { summary, scores } = await finetune({ ...settings, data }, { app, storage });
  expect(summary).toMatchObject({ trainImages: 15, validationImages: 6, testImages: 6 });
  expect(scores['accuracy']).toBe(summary.validation!['accuracy']);
  expect(summary.testAccuracy).toBe(summary.test!['accuracy']);
  const text = async (name: string): Promise<string> => new TextDecoder().decode(await storage.read(name));
  expect(await text('model-card.md')).toMatch(/The held-out images are the validation part of the data;/);
  expect(await text('model-card.md')).toMatch(/Test: accuracy [\d.]+ % on 6 test images\. Neither/);
  expect(await text('report.html')).toContain('on 6 test images');
  const run = await openRun(storage, { app });
  expect(await run.evaluate(data)).toMatchObject({ samples: 6, score: summary.testAccuracy });
  expect(await run.evaluate(data.filter(({ name }) => !name.startsWith('test')))).toMatchObject({ samples: 6 });
  expect(await run.evaluate(files)).toMatchObject({ samples: 27 });
  const blue = await run.evaluate(files.filter(({ name }) => name.startsWith('blue')));
  expect(blue).toMatchObject({ samples: 9 });
  expect(blue.text).toMatch(/^red +– +– +– +0$/m);
  await run.dispose();
});

test('without a validation part, some of the training images are held out, and none of the test images', async () => {
  const data = files.map((file) => renamed(file, `${partOf(file) === 'valid' ? 'train' : partOf(file)}/${file.name}`));
  const names: string[] = [];
  const { summary } = await finetune(
    { ...settings, data },
    {
      app,
      storage: memoryStorage(),
      onPrepared: ({ trained, heldOut, data: { examples } }) =>
        void names.push(...[...trained, ...heldOut].map((index) => examples[index]!.name)),
    },
  );
  expect(summary).toMatchObject({ trainImages: 17, validationImages: 4, testImages: 6 });
  expect(names.filter((name) => name.startsWith('test'))).toEqual([]);
});

test('validation and test data may be separate, with labels in the order of the training data', async () => {
  const [train, valid, held] = ['train', 'valid', 'test'].map((part) => files.filter((file) => partOf(file) === part));
  const given = {
    ...settings,
    data: train,
    validationData: valid,
    testData: held!.filter(({ name }) => name[0] !== 'b'),
  };
  const events: RunEvent[] = [];
  const { summary } = await finetune(
    { ...given, epochs: 15, learningRate: 0.05, mean: [0.5], std: [0.25] },
    { app, storage: memoryStorage(), events: (event) => events.push(event) },
  );
  expect(summary).toMatchObject({ trainImages: 15, validationImages: 6, testImages: 4, testAccuracy: 1 });
  expect(events).toContainEqual({
    type: 'status',
    message: expect.stringContaining('15 training images, 6 held out, 4 for the test'),
  });
  const strange = held!.map((file) => renamed(file, file.name.replace('blue', 'pink')));
  await expect(finetune({ ...given, testData: strange }, { app, storage: memoryStorage() })).rejects.toMatchObject({
    code: 'data.names',
    message:
      '"the data" has the class "pink", but the training data "the data" only has blue, green, red. Use images of its classes.',
  });
  await expect(
    finetune(
      { ...given, data: files.map((file) => renamed(file, `${partOf(file)}/${file.name}`)) },
      { app, storage: memoryStorage() },
    ),
  ).rejects.toThrow(
    '"the data" has a validation part of its own, but the option validationData is set, too. Remove one of them.',
  );
});

test('what is left out is counted by kind before training', async () => {
  const data = [
    ...files,
    renamed(files[0]!, 'blue/x.heic'),
    renamed(files[0]!, 'blue/y.bmp'),
    renamed(files[0]!, 'blue/z'),
  ];
  const storage = memoryStorage();
  const { summary, warnings } = await finetune({ ...settings, data }, { app, storage });
  expect(summary).toMatchObject({ trainImages: 22, validationImages: 6 });
  const message =
    'Left out 2 of 30 files, which are not images in a known format: 1 .bmp, 1 .heic. Convert .bmp, .heic to JPEG or PNG to use them.';
  expect(warnings).toContainEqual({ source: 'data', message });
  expect(summary.warnings).toContainEqual({ source: 'data', message });
  const card = new TextDecoder().decode(await storage.read('model-card.md'));
  expect(card).toContain('Left out 2 of 30 files');
});
