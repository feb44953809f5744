import { recommendModel, type RunEvent } from '@graft/finetune';
import { floats, noise, smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let files: File[];
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 8 });
});
afterAll(() => app.dispose());

const named = (name: string, bytes: Uint8Array): File => new File([bytes as BlobPart], name);
/** A network that sees colours, and one that only sees brightness. */
const colourful = named('colourful.onnx', smallNetwork({ side: 16 }));
const grey = named(
  'grey.onnx',
  smallNetwork({
    side: 16,
    constants: {
      'stem.weight': floats([8, 3, 3, 3], (i) => [0.299, 0.587, 0.114][Math.floor(i / 9) % 3]! - 0.333),
      'body.weight': floats([16, 8, 3, 3], () => 0),
      'fc.weight': floats([16, 3], noise(1)),
    },
  }),
);
const options = { epochs: 10, batch: 4 };

test('recommends the network whose features tell the classes apart, and rejects those that do not fit', async () => {
  const events: RunEvent[] = [];
  const broken = named('broken.onnx', new Uint8Array(40));
  const found = await recommendModel(
    { ...options, models: [grey, broken, colourful], data: files, folds: 4 },
    { app, events: (event) => events.push(event) },
  );
  expect(found.models.map(({ name }) => name)).toEqual(['colourful.onnx', 'grey.onnx']);
  expect(found.recommended).toBe(found.models[0]);
  expect(found.models[0]).toMatchObject({ score: 1, deviation: 0, features: 16 });
  expect(found.models[1]!.score).toBeLessThan(0.7);
  expect(found.models[0]!.perSecond).toBeGreaterThan(0);
  expect(found.models[0]!.crossValidation.each).toHaveLength(4);
  expect(found).toMatchObject({ examples: 24, folds: 4, noun: 'images' });
  expect(found.rejected).toEqual([{ name: 'broken.onnx', reason: expect.stringContaining('broken.onnx') }]);
  const said = events.flatMap((event) => (event.type === 'status' ? [event.message] : []));
  expect(said).toHaveLength(2);
  expect(said[1]).toMatch(/^colourful\.onnx: accuracy 100.0 %, [\d,.]+ images per second$/);
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  expect(new Set(warnings).size).toBe(warnings.length);
});

test('uses a stratified sample of the data, and no more folds than the smallest class has examples', async () => {
  const { examples, folds } = await recommendModel(
    { ...options, models: [colourful], data: files, examples: 9 },
    { app },
  );
  expect([examples, folds]).toEqual([9, 3]);
});

test('the same seed gives the same scores', async () => {
  const scores = async () =>
    (await recommendModel({ ...options, models: [grey], data: files, seed: 3 }, { app })).models[0]!.crossValidation
      .each;
  expect(await scores()).toEqual(await scores());
});

test('says once why no network fits, and stops when aborted', async () => {
  await expect(
    recommendModel({ ...options, models: [colourful, grey], data: 'nowhere' }, { app }),
  ).rejects.toMatchObject({ code: 'model.recommend', message: expect.not.stringMatching(/nowhere.*nowhere/) });
  await expect(recommendModel({ models: [], data: files }, { app })).rejects.toThrow('Give at least one.');
  await expect(
    recommendModel({ ...options, models: [colourful], data: files }, { app, signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ code: 'run.stopped' });
});
