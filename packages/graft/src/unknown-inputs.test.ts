import { sharpDecoder } from '@graft/augment/node';
import { describeRun, finetune, type FinetuneOptions, openRun, resumeRun } from '@graft/finetune';
import { readModel } from '@graft/onnx';
import { smallNetwork } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage, type Storage } from '@graft/storage';
import { Random } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let app: App;
let files: File[];
/** Patterns of no class: checkerboards of grey. */
const unknown: File[] = [];
const options: FinetuneOptions = {
  model: smallNetwork({ side: 16 }),
  data: [],
  epochs: 8,
  learningRate: 0.05,
  views: 1,
  mean: [0.5],
  std: [0.25],
};
let storage: Storage;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 20 });
  for (let i = 0; i < 12; i++) {
    const random = new Random(i).fork('unknown');
    const data = Uint8Array.from({ length: 20 * 20 * 3 }, (_, k) => {
      const pixel = Math.floor(k / 3);
      return ((Math.floor((pixel % 20) / 4) + Math.floor(pixel / 80)) % 2 ? 240 : 10) + 10 * random.next();
    });
    const png = await sharpDecoder.encode({ data, width: 20, height: 20, channels: 3 }, { type: 'png' });
    unknown.push(new File([png as BlobPart], `${i}.png`)); // no folders
  }
  storage = memoryStorage();
  await finetune({ ...options, data: files, reject: 0.2, unknownData: unknown }, { app, storage });
}, 120_000);
afterAll(() => app.dispose());
const text = async (name: string, from = storage): Promise<string> => new TextDecoder().decode(await from.read(name));

test('known examples are kept, and unknown ones are refused', async () => {
  const run = await openRun(storage, { app });
  const { rejection, validationImages } = run.summary;
  expect(rejection).toMatchObject({ share: 0.2, known: validationImages, neighbours: 2 });
  expect(rejection!.knownRefused).toBeLessThanOrEqual(Math.floor(0.2 * (validationImages as number)));
  expect(rejection!.unknown).toMatchObject({ examples: 12 });
  expect(rejection!.unknown!.aurocDistance).toBeGreaterThan(0.95);
  expect(rejection!.unknown!.refused).toBeGreaterThan(0.9);
  const all = await run.predict([...unknown, ...files, 3]);
  const [strangers, known] = [all.slice(0, 12), all.slice(12, 72)];
  expect(strangers.filter(({ unknown }) => unknown).length / 12).toBeCloseTo(rejection!.unknown!.refused, 10);
  expect(strangers[0]).toMatchObject({
    text: 'unknown',
    json: { unknown: true, classes: expect.any(Array) as unknown },
  });
  expect(strangers[0]!.row![0]).toBe('unknown');
  expect(known.filter(({ unknown }) => unknown).length).toBeLessThan(0.2 * 60);
  expect(known.find(({ unknown }) => !unknown)!.json).not.toHaveProperty('unknown');
  for (const { unknown, score } of [...strangers, ...known])
    expect(unknown).toBe(score!.confidence < rejection!.confidence || score!.distance > rejection!.distance);
  expect(all.at(-1)).toEqual({ error: expect.any(String) as string });
  await run.dispose();
});
test('the share of held-out examples that predict refuses is that of the summary', async () => {
  const run = await openRun(storage, { app });
  const { examples } = JSON.parse(await text('predictions.json')) as { examples: { name: string }[] };
  const held = await run.predict(examples.map(({ name }) => files.find((file) => file.name.endsWith(name))));
  expect(held.filter(({ unknown }) => unknown)).toHaveLength(run.summary.rejection!.knownRefused);
  await run.dispose();
});
test('the model, the report, the card and the terminal have the thresholds', async () => {
  const summary = JSON.parse(await text('summary.json')) as Parameters<typeof describeRun>[1];
  const { rejection } = summary;
  expect(JSON.parse(readModel(await storage.read('model.onnx')).metadata.get('rejection')!)).toEqual(rejection);
  expect(
    (await text('report.html')).match(
      /id="rejection"|Area under the ROC curve of 12 unknown images|Distance: refused beyond/g,
    ),
  ).toEqual([
    'id="rejection"',
    'Area under the ROC curve of 12 unknown images',
    'Distance: refused beyond',
    'Distance: refused beyond',
  ]);
  expect(await text('model-card.md')).toMatch(
    /refuses images as unknown if .* of 12 unknown images, \d+\.\d % are refused/,
  );
  expect(describeRun(app, summary)).toMatch(
    /\nunknown inputs: refused below a confidence of .* or beyond a distance of .*: \d of 12 held-out examples; .* of 12 unknown examples \(AUROC/,
  );
});
test('the same seed gives the same thresholds, and by default nothing is refused', async () => {
  const again = memoryStorage();
  await finetune({ ...options, data: files, reject: 0.2, unknownData: unknown }, { app, storage: again });
  for (const name of ['model.onnx', 'known-features.safetensors'])
    expect(await again.read(name)).toEqual(await storage.read(name));
  const plain = memoryStorage();
  const { summary } = await finetune({ ...options, data: files, epochs: 1 }, { app, storage: plain });
  expect([summary.rejection, await plain.exists('known-features.safetensors')]).toEqual([undefined, false]);
  const run = await openRun(plain, { app });
  expect(Object.keys((await run.predict([files[0]]))[0]!)).not.toContain('unknown');
  await run.dispose();
});
test('without unknown data, the thresholds are set all the same; a test part is measured', async () => {
  const { summary } = await finetune(
    { ...options, data: files, testData: (await colourFiles({ count: 3 })).slice(), reject: 0.1, epochs: 2 },
    { app, storage: memoryStorage() },
  );
  expect(summary.rejection).not.toHaveProperty('unknown');
  expect(summary.rejection!.testRefused).toBeGreaterThanOrEqual(0);
});
test('a resumed run has the same thresholds', async () => {
  const stopped = memoryStorage();
  const abort = new AbortController();
  const running = finetune(
    { ...options, data: files, reject: 0.2, unknownData: unknown },
    { app, storage: stopped, signal: abort.signal, events: ({ type }) => type === 'epoch' && abort.abort() },
  );
  await expect(running).rejects.toMatchObject({ code: 'run.stopped' });
  await resumeRun({ app, storage: stopped }, { model: options.model, data: files, unknownData: unknown });
  expect(await stopped.read('model.onnx')).toEqual(await storage.read('model.onnx'));
});
test('options that do not fit, and damaged files, are errors', async () => {
  const run = (more: Partial<FinetuneOptions>): Promise<unknown> =>
    finetune({ ...options, data: files, ...more }, { app, storage: memoryStorage() });
  await expect(run({ unknownData: unknown })).rejects.toMatchObject({ code: 'options.value', place: 'unknownData' });
  await expect(run({ reject: 1 })).rejects.toThrow('expects "reject" to be a fraction from 0 to below 1, got 1');
  await expect(run({ reject: 0.1, unknownData: [] })).rejects.toMatchObject({ code: 'data.open' });
  const table = [...files].map((file, i) => ({ input: file, target: i }));
  await expect(run({ reject: 0.1, task: 'regression', data: table })).rejects.toThrow(/needs the task classification/);
  const copy = memoryStorage();
  for (const name of await storage.list(''))
    if (name !== 'checkpoint') await copy.write(name, await storage.read(name));
  await copy.write('known-features.safetensors', new Uint8Array(40));
  const damaged = await openRun(copy, { app });
  await expect(damaged.predict([files[0]])).rejects.toMatchObject({ code: 'run.damaged' });
  await copy.remove('known-features.safetensors');
  await damaged.dispose();
  const without = await openRun(copy, { app });
  await expect(without.predict([files[0]])).rejects.toMatchObject({ code: expect.stringMatching(/run\./) as string });
  await without.dispose();
});
