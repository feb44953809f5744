import {
  type Communicator,
  communicator,
  diagnose,
  finetune,
  findRate,
  type FinetuneOptions,
  inspectNetwork,
  logger,
  openRun,
  previewTransforms,
  resumeRun,
  type RunListener,
  signalService,
} from '@graft/finetune';
import { initializer } from '@graft/layers';
import { importOnnx } from '@graft/onnx';
import { floats, noise, smallNetwork } from '@graft/onnx/testing';
import { apiVersion, type App, definePlugin, GraftError, type Plugin } from '@graft/plugin';
import { memoryStorage, storage as storageService } from '@graft/storage';
import { backend, backendService, createBackend, Random, randomService, sizeOf } from '@graft/tensor';
import { callback } from '@graft/train';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

const network = smallNetwork({ side: 16 });

/** Images in memory, like a browser's file list: `red/3.png`. */
const files: File[] = [];
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files.push(...(await colourFiles({ count: 6 })));
});
afterAll(() => app.dispose());

const options: FinetuneOptions = {
  model: network,
  data: files,
  epochs: 6,
  batch: 4,
  learningRate: 0.05,
  mean: [0.5],
  std: [0.25],
};
const bytes = async (storage: ReturnType<typeof memoryStorage>): Promise<Uint8Array> => storage.read('model.onnx');

test('fine-tunes from bytes and File objects in memory, and opens the run', { timeout: 60_000 }, async () => {
  const events: string[] = [];
  const {
    history,
    best,
    scores,
    summary,
    storage,
    files: written,
    warnings,
  } = await finetune(options, {
    app,
    storage: memoryStorage(),
    events: ({ type }) => events.push(type),
  });
  expect(scores['accuracy']).toBe(1);
  expect(history).toHaveLength(6);
  expect(best['head']).toBeGreaterThan(0);
  expect(summary.classes).toEqual(['blue', 'green', 'red']);
  expect(warnings).toEqual([]);
  expect(written).toEqual(
    expect.arrayContaining(['labels.txt', 'model-card.md', 'model.onnx', 'report.html', 'summary.json']),
  );
  expect(new Set(events)).toEqual(new Set(['status', 'progress', 'phase', 'epoch']));
  expect(events.filter((type) => type === 'epoch')).toHaveLength(6);

  const run = await openRun(storage, { app });
  const predictions = await run.predict([files[0], await files[17]!.arrayBuffer(), new Uint8Array(9), 3]);
  expect(predictions.map(({ text }) => text?.split(' ')[0])).toEqual(['blue', 'red', undefined, undefined]);
  expect(predictions[2]!.error).toContain('image');
  expect(await run.evaluate(files)).toMatchObject({ score: 1, samples: 18, quarantined: [] });
  expect(await run.report()).toContain('<!doctype html>');
  expect(run.export()).toEqual(await storage.read('model.onnx'));
  const small = await run.quantize(files);
  expect(small.bytes.length).toBeGreaterThan(0);
  expect([small.before.score, small.after.score]).toEqual([1, 1]);
  await run.dispose();
});

test('NaN is never a prediction: damaged weights are named, and an overflow is an error for its image', async () => {
  const body = (of: (i: number) => number): object => ({
    constants: {
      'stem.weight': floats([8, 3, 3, 3], noise(1)),
      'body.weight': floats([16, 8, 3, 3], of),
      'fc.weight': floats([16, 3], (i) => (-1) ** i),
    },
  });
  const damaged = smallNetwork({ side: 16, ...body((i) => (i === 7 ? Number.NaN : 1)) });
  await expect(finetune({ ...options, model: damaged }, { app, storage: memoryStorage() })).rejects.toMatchObject({
    code: 'model.cut',
    message:
      'The weight "body.weight" of "the model" is NaN at element 7, so every prediction would be NaN, too. Use an intact file.',
  });
  const storage = memoryStorage();
  await finetune({ ...options, epochs: 1 }, { app, storage });
  const { modelSha256: _, ...summary } = JSON.parse(
    new TextDecoder().decode(await storage.read('summary.json')),
  ) as Record<string, unknown>;
  await storage.write('summary.json', new TextEncoder().encode(JSON.stringify(summary)));
  await storage.write('model.onnx', smallNetwork({ side: 16, ...body((i) => 3e38 * (-1) ** i) }));
  const run = await openRun(storage, { app });
  const [prediction] = await run.predict([files[0]]);
  expect(prediction).toEqual({
    error: `The model's output for "blue/0.png" is NaN. Its weights are damaged, or numbers overflow in it.`,
  });
  await expect(run.evaluate(files)).rejects.toMatchObject({
    message: "The model's output for image 0 is NaN. Its weights are damaged, or numbers overflow in it.",
  });
  await run.dispose();
});

test('a run stopped by a signal is resumed with bit-identical results', { timeout: 60_000 }, async () => {
  const [whole, stopped] = [memoryStorage(), memoryStorage()];
  await finetune(options, { app, storage: whole });
  const stop = new AbortController();
  const events = vi.fn<RunListener>(({ type }) => void (type === 'epoch' && stop.abort()));
  await expect(finetune(options, { app, storage: stopped, signal: stop.signal, events })).rejects.toMatchObject({
    code: 'run.stopped',
    message: 'Stopped. Progress was saved. To resume: resumeRun({ app, storage })',
  });
  expect(await stopped.exists('model.onnx')).toBe(false);
  // Objects in memory must be passed again; different data is rejected.
  const context = { app, storage: stopped };
  const other = files.slice(0, 15);
  await expect(resumeRun(context, { model: network, data: other })).rejects.toBeInstanceOf(GraftError);
  await resumeRun(context, { model: network, data: files });
  expect(await bytes(stopped)).toEqual(await bytes(whole));
});

test.each<[what: string, change: object, code: string, message: RegExp]>([
  ['an unknown option', { epoch: 3 }, 'options.value', /has no option "epoch"/],
  ['an invalid value', { epochs: 0 }, 'options.value', /expects "epochs" to be an integer of 1 or more, got 0/],
  ['an unknown task', { task: 'segmentation' }, 'options.value', /No objective "segmentation"/],
  ['an unknown backend', { backend: 'gpu' }, 'options.value', /gpu/],
  ['bytes that are not a model', { model: new Uint8Array(40) }, 'model.open', /ONNX/],
  ['a folder that does not exist', { data: 'nowhere' }, 'data.open', /"nowhere" does not exist/],
  ['files that are not a list', { data: 3 }, 'data.open', /^This data \(number\) cannot be opened as images\./],
])('%s throws a GraftError with a stable code, and writes no files', async (_, change, code, message) => {
  const storage = memoryStorage();
  const error: unknown = await finetune({ ...options, ...change }, { app, storage }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GraftError);
  expect((error as GraftError).message).toMatch(message);
  expect(error).toMatchObject({ code });
  expect(await storage.list('')).toEqual([]);
});

test('an initializer by name initializes the weights of the head', { timeout: 60_000 }, async () => {
  const level: Plugin = definePlugin({
    name: 'graft-plugin-level',
    apiVersion,
    contributes: [
      initializer({
        name: 'level',
        create: (options) => (shape) =>
          new Float32Array(sizeOf(shape)).fill((options as { readonly value: number }).value),
      }),
    ],
  });
  const own = await createGraft({ modelsFrom: [], plugins: [level] });
  const { storage } = await finetune(
    { ...options, epochs: 1, learningRate: 1e-9, views: 1, initializer: { name: 'level', value: 0.25 } },
    { app: own, storage: memoryStorage() },
  );
  await own.dispose();
  const weights = [...importOnnx(await bytes(storage)).parameters()].map(([, { value }]) => value);
  const last = weights.findLast(({ rank }) => rank === 2)!; // backbone and head are one graph; the head comes last
  expect(last.size).toBe(3 * 16);
  for (const value of last.numbers()) expect(value).toBeCloseTo(0.25, 3);
});

test('files of one class throw a GraftError, and no files are written', async () => {
  const storage = memoryStorage();
  const data = files.filter(({ name }) => name.startsWith('red'));
  await expect(finetune({ ...options, data }, { app, storage })).rejects.toMatchObject({
    code: 'data.open',
    message: expect.stringMatching(/^The files contain images of one class \("red"\), but two or more are needed\./),
  });
  expect(await storage.list('')).toEqual([]);
});

test('an error of a plugin names the plugin', async () => {
  const broken: Plugin = definePlugin({
    name: 'graft-plugin-broken',
    apiVersion,
    contributes: [
      callback({
        name: 'broken',
        create: () => ({
          name: 'broken',
          afterStep: () => {
            throw new Error('out of luck');
          },
        }),
      }),
    ],
  });
  const own = await createGraft({ modelsFrom: [], plugins: [broken] });
  try {
    await expect(
      finetune({ ...options, callbacks: ['broken'] }, { app: own, storage: memoryStorage() }),
    ).rejects.toMatchObject({
      code: 'plugin.failed',
      message: 'The callback "broken" of the plugin "graft-plugin-broken" failed: out of luck',
    });
  } finally {
    await own.dispose();
  }
});

test('a backend created for a run is freed; a provided one is left alone', async () => {
  const [created, freed] = [vi.fn<() => void>(), vi.fn<() => void>()];
  const counted: Plugin = definePlugin({
    name: 'graft-plugin-counted',
    apiVersion,
    contributes: [
      backend({
        name: 'counted',
        create: async (_, context) => {
          created();
          const made = await createBackend(context!, 'js');
          return Object.assign(made, { name: 'counted', dispose: freed });
        },
      }),
    ],
  });
  const own = await createGraft({ modelsFrom: [], plugins: [counted] });
  const brief = { ...options, epochs: 1, views: 1, backend: 'counted' };
  const calls = (): number[] => [created.mock.calls.length, freed.mock.calls.length];

  const { storage } = await finetune(brief, { app: own, storage: memoryStorage() });
  expect(calls()).toEqual([1, 1]);
  const failing = { ...brief, cut: 'nowhere' };
  await expect(finetune(failing, { app: own, storage: memoryStorage() })).rejects.toBeInstanceOf(GraftError);
  expect(calls()).toEqual([2, 2]);

  const run = await openRun(storage, { app: own, backend: 'counted' });
  await run.predict([files[0], files[1]]);
  expect(calls()).toEqual([3, 2]);
  await run.dispose();
  expect(calls()).toEqual([3, 3]);

  await findRate({ ...brief, steps: 3 }, { app: own });
  await diagnose({ model: network, data: files, batch: 4, backend: 'counted' }, { app: own });
  expect(calls()).toEqual([5, 5]);

  const provided = await createBackend(own, 'counted');
  const scope = own.createScope().provide(backendService, provided);
  await finetune(brief, { app: own, scope, storage: memoryStorage() });
  expect(calls()).toEqual([6, 5]);
  await own.dispose();
});

test('each service of a run can be replaced in the container', { timeout: 60_000 }, async () => {
  const usual = memoryStorage();
  await finetune(options, { app, storage: usual });
  const brief = { ...options, epochs: 1, views: 1 };

  // Storage, logger and communicator.
  const storage = memoryStorage();
  const listener = vi.fn<RunListener>();
  const reduce = vi.fn<Communicator['reduce']>(async (gradients) => gradients);
  const warner: Plugin = definePlugin({
    name: 'graft-plugin-warner',
    apiVersion,
    contributes: [
      callback({
        name: 'warner',
        create: (_, context) => ({
          name: 'warner',
          afterFit: () =>
            context!.use(logger)({
              type: 'warning',
              message: `${context!.use(randomService).fork('warner').bits()} in ${context!.use(storageService).location}`,
              source: 'warner',
            }),
        }),
      }),
    ],
  });
  const own = await createGraft({ modelsFrom: [], plugins: [warner] });
  const scope = own
    .createScope()
    .provide(storageService, storage)
    .provide(logger, listener)
    .provide(communicator, { rank: 0, size: 1, reduce });
  const { warnings, storage: used } = await finetune({ ...brief, callbacks: ['warner'] }, { app: own, scope });
  await own.dispose();
  expect(used).toBe(storage);
  expect(await storage.exists('model.onnx')).toBe(true);
  expect(listener).toHaveBeenCalledWith(expect.objectContaining({ type: 'epoch' }));
  expect(reduce.mock.calls.length).toBe(4); // 15 training images, 4 in a batch
  // Callbacks receive the same services in `create`, and their warnings are part of the result.
  expect(warnings).toEqual([
    { source: 'warner', message: `${new Random(0).fork('warner').bits()} in ${storage.location}/phases/head` },
  ]);

  // Backend: everything is computed on the provided one.
  const js = await createBackend(app, 'js');
  const runs = vi.spyOn(js, 'write');
  const onJs = memoryStorage();
  await finetune(brief, { app, storage: onJs, scope: app.createScope().provide(backendService, js) });
  expect(runs.mock.calls.length).toBeGreaterThan(20);

  // Random numbers: results depend on the source only.
  const from = async (seed: number): Promise<Uint8Array> => {
    const place = memoryStorage();
    await finetune(brief, { app, storage: place, scope: app.createScope().provide(randomService, new Random(seed)) });
    return bytes(place);
  };
  const [one, again, other] = [await from(1), await from(1), await from(2)];
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);

  // Signal.
  const stop = AbortSignal.abort();
  await expect(
    finetune(brief, { app, storage: memoryStorage(), scope: app.createScope().provide(signalService, stop) }),
  ).rejects.toMatchObject({ code: 'run.stopped' });
  // Also while the data is listed, which may be long.
  const many = Array.from({ length: 3000 }, (_, i) => ({ input: files[i % files.length], label: i % 2 ? 'a' : 'b' }));
  const listed = { app, storage: memoryStorage(), signal: stop };
  await expect(finetune({ ...brief, data: many }, listed)).rejects.toMatchObject({ code: 'run.stopped' });
});

test('fine-tuning succeeds with the options of a diagnosis', { timeout: 60_000 }, async () => {
  const open = smallNetwork();
  const given = { size: 16, mean: [0.5], std: [0.25], batch: 16, task: 'classification' } as const;
  const { canBeFinetuned, options: suggested, trial } = await diagnose({ model: open, ...given }, { app });
  expect({ canBeFinetuned, suggested, trial }).toEqual({
    canBeFinetuned: true,
    suggested: { task: 'classification', size: 16, mean: [0.5], std: [0.25] }, // 16 is the default batch size
    trial: undefined,
  });
  const brief = { model: open, data: files, epochs: 1, views: 1 };
  const { summary } = await finetune({ ...brief, ...suggested }, { app, storage: memoryStorage() });
  expect(summary.preprocessing).toMatchObject({ width: 16, mean: [0.5, 0.5, 0.5] });
});

test('a network is inspected from bytes, with shapes for the given size', async () => {
  const { card, supported, cuts } = await inspectNetwork(app, smallNetwork(), { size: 32 });
  expect({ card, supported }).toEqual({ card: undefined, supported: true });
  expect(cuts.find(({ value }) => value === 'pooled')!.shape).toEqual([1, 16, 1, 1]);
  expect(cuts.find(({ value }) => value === 'bodyRelu')!.shape).toEqual([1, 16, 8, 8]);
});

test('a preview shows images from all classes with reproducible views, and warns about unreadable ones', async () => {
  const warned = vi.fn<RunListener>();
  const data = [...files, new File(['no image'], 'red/broken.png')];
  const preview = (seed: number, transforms: string | ['invert']) =>
    previewTransforms({ data, transforms, count: data.length, views: 2, seed }, { app, events: warned });
  const inverted = await preview(0, ['invert']);
  expect(inverted).toHaveLength(files.length);
  expect(warned).toHaveBeenCalledWith(expect.objectContaining({ type: 'warning', source: 'data' }));
  for (const { original, views } of inverted) {
    expect(views).toHaveLength(2);
    expect(views[0]!.data[0]).toBeCloseTo(255 - original.data[0]!, 0);
  }
  const [first, again, other] = [await preview(1, 'digits'), await preview(1, 'digits'), await preview(2, 'digits')];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  const some = await previewTransforms({ data: files, transforms: ['invert'], count: 3, views: 0 }, { app });
  expect(some.map(({ name }) => name.split('/')[0])).toEqual(['blue', 'green', 'red']);
  await expect(preview(0, 'digit')).rejects.toMatchObject({
    code: 'options.value',
    message: expect.stringContaining('There is no preset "digit". Did you mean "digits"?'),
  });
});
