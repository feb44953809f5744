import { finetune, resumeRun } from '@graft/finetune';
import { buildModel, floats, noise } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage, type Storage } from '@graft/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let files: File[];
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 10 });
});
afterAll(() => app.dispose());

/** A network whose first layer reacts to values above a threshold. */
const above = (threshold: number): Uint8Array =>
  buildModel({
    inputs: { x: { shape: ['N', 3, 16, 16] } },
    outputs: ['y'],
    opset: 17,
    constants: {
      w: floats([6, 3, 1, 1], (i) => (i % 4 === 0 ? 1 : 0)), // each channel by itself
      b: floats([6], () => -threshold),
      fc: floats([6, 5], noise(1)),
    },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c']],
      ['Relu', ['c'], ['r']],
      ['GlobalAveragePool', ['r'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['MatMul', ['f', 'fc'], ['y']],
    ],
  });
const run = async (
  model: number | Uint8Array,
  more: object = {},
): Promise<{ mean: unknown; std: unknown; warnings: string }> => {
  const storage = memoryStorage();
  const { summary, warnings } = await finetune(
    { model: typeof model === 'number' ? above(model) : model, data: files, epochs: 2, batch: 4, views: 1, ...more },
    { app, storage },
  );
  const { mean, std } = summary.preprocessing as { mean: number[]; std: number[] };
  return { mean, std, warnings: warnings.map(({ message }) => message).join('\n') };
};

test('a network that only reacts to values up to 255 is fed with them, and a sentence says why', async () => {
  const { mean, std, warnings } = await run(100);
  expect([mean, std]).toEqual([
    [0, 0, 0],
    [1 / 255, 1 / 255, 1 / 255],
  ]);
  expect(warnings).toMatch(
    /features of 24 images were compared: the network is fed RGB images of 16×16, values from 0 to 255 \(24 of 24\) instead of .* \(\d+ of 24\), because more of them are closest to their own class/,
  );
  expect(warnings).not.toContain('does not specify its normalisation');
});
test('without a clear difference, and with chosen statistics, the assumption stands', async () => {
  const assumed = await run(0);
  expect(assumed.mean).toEqual([0.485, 0.456, 0.406]);
  expect(assumed.warnings).toContain("ImageNet's");
  expect((await run(100, { mean: [0.5], std: [0.5] })).mean).toEqual([0.5, 0.5, 0.5]);
});

/** Mean and deviation of the images' red, green and blue, as fractions of white. */
const [mean, deviation] = [
  [0.379, 0.405, 0.418],
  [0.349, 0.277, 0.323],
];

/** A network with a batch norm, as if it had been trained on the images with this normalisation. */
const trainedWith = (
  normalisation: { readonly mean: number; readonly std: number },
  { batch = 'N' as number | string } = {},
): Uint8Array => {
  return buildModel({
    inputs: { x: { shape: [batch, 3, 16, 16] } },
    outputs: ['y'],
    opset: 17,
    constants: {
      w: floats([6, 3, 1, 1], (i) => Number(i % 3 === Math.floor(i / 3) % 3)), // two copies of each channel
      gamma: floats([6], () => 1),
      beta: floats([6], () => 0),
      mean: floats([6], (i) => (mean[i % 3]! - normalisation.mean) / normalisation.std),
      variance: floats([6], (i) => (deviation[i % 3]! / normalisation.std) ** 2),
      fc: floats([6, 5], noise(1)),
    },
    nodes: [
      ['Conv', ['x', 'w'], ['c']],
      ['BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], ['n']],
      ['Relu', ['n'], ['r']],
      ['GlobalAveragePool', ['r'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['MatMul', ['f', 'fc'], ['y']],
    ],
  });
};

test.each([
  ['from −1 to 1', { mean: 0.5, std: 0.5 }, {}],
  ['from 0 to 1', { mean: 0, std: 1 }, {}],
  ['from 0 to 255', { mean: 0, std: 1 / 255 }, {}],
  ['from −1 to 1, for a network of one image', { mean: 0.5, std: 0.5 }, { batch: 1 }],
])('the statistics of the first batch norm tell the range of the values: %s', async (_, normalisation, more) => {
  const { mean: fed, std, warnings } = await run(trainedWith(normalisation, more));
  expect([fed, std]).toEqual([Array(3).fill(normalisation.mean), Array(3).fill(normalisation.std)]);
  expect(warnings).toContain('first batch norm stores the mean and variance');
  expect(warnings).not.toContain('does not specify its normalisation');
});
test('they also serve a regression, and confirm what is assumed without a warning', async () => {
  const data = await Promise.all(
    files.map(async (file, i) => ({
      input: new Uint8Array(await file.arrayBuffer()),
      name: file.name,
      value: (i * 7) % 11,
    })),
  );
  const regression = { task: 'regression', targets: ['value'], data };
  expect((await run(trainedWith({ mean: 0.5, std: 0.5 }), regression)).std).toEqual([0.5, 0.5, 0.5]);
  const { std, warnings } = await run(trainedWith({ mean: 0.45, std: 0.225 }));
  expect(std).toEqual([0.229, 0.224, 0.225]);
  expect(warnings).not.toContain('normalisation');
});
test('statistics that no feed gives say nothing', async () => {
  const { std, warnings } = await run(trainedWith({ mean: 40, std: 0.01 }));
  expect(std).toEqual([0.229, 0.224, 0.225]);
  expect(warnings).toContain('does not specify its normalisation');
});

/** A run that was stopped after its first epoch. */
async function interrupted(model: Uint8Array): Promise<Storage> {
  const storage = memoryStorage();
  const stop = new AbortController();
  await expect(
    finetune(
      { model, data: files, solver: 'epochs', epochs: 3, batch: 4, views: 1 },
      { app, storage, signal: stop.signal, events: ({ type }) => type === 'epoch' && stop.abort() },
    ),
  ).rejects.toMatchObject({ code: 'run.stopped' });
  return storage;
}
/** Changes the record of a run. */
async function rewrite(storage: Storage, change: (record: Record<string, unknown>) => unknown): Promise<void> {
  const record = JSON.parse(new TextDecoder().decode(await storage.read('run.json')));
  await storage.write('run.json', new TextEncoder().encode(JSON.stringify(change(record))));
}

test('a resumed run is fed as it began, whatever would be measured now', async () => {
  const model = trainedWith({ mean: 0.5, std: 0.5 });
  const storage = await interrupted(model);
  // As a version that measures in another way would have written it.
  const unit = { mean: [0, 0, 0], std: [1, 1, 1] };
  await rewrite(storage, (record) => {
    const { preprocessing, reason } = record['feed'] as { preprocessing: object; reason: string };
    expect(preprocessing).toMatchObject({ mean: [0.5, 0.5, 0.5] });
    expect(reason).toContain('first batch norm');
    return { ...record, feed: { preprocessing: { ...preprocessing, ...unit } } };
  });
  const { summary } = await resumeRun({ app, storage }, { model, data: files });
  expect(summary.preprocessing).toMatchObject(unit);
});
test('a run whose record does not say how it was fed, or in an unknown way, is not resumed with another feed', async () => {
  const model = trainedWith({ mean: 0.5, std: 0.5 });
  const storage = await interrupted(model);
  const resumed = (): Promise<unknown> => resumeRun({ app, storage }, { model, data: files });
  await rewrite(storage, ({ feed, ...record }) => ({
    ...record,
    feed: { preprocessing: { ...(feed as { preprocessing: object }).preprocessing, mean: [7, 7, 7] } },
  }));
  await expect(resumed()).rejects.toThrow('and this version does not know that way. Train again.');
  await rewrite(storage, (record) => ({ ...record, feed: 'rgb' }));
  await expect(resumed()).rejects.toMatchObject({ code: 'run.damaged' });
  await rewrite(storage, ({ feed: _, ...record }) => record);
  await expect(resumed()).rejects.toMatchObject({
    code: 'run.changed',
    message: expect.stringContaining('its run.json does not say how. Train again.') as string,
  });
});
