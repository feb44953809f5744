import { arrayDataset, type Labelled, Loader, vectorBatch } from '@graft/data';
import { BatchNorm1d, crossEntropy, Dropout, Linear, ReLU, Sequential, weightsOf } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import type { Storage } from '@graft/storage';
import { fileStorage } from '@graft/storage/node';
import { accuracy, type Callback, fit, resumeRun } from '@graft/train';
import { oddCopies } from '../../../tools/testing/odd-copies.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  checkpoint,
  csvLog,
  earlyStopping,
  jsonLinesLog,
  latestCheckpoint,
  overfittingMonitor,
  reduceOnPlateau,
  resumeLatest,
  weightAverage,
} from './index.ts';

const samples: Labelled<number[]>[] = Array.from({ length: 44 }, (_, i) => ({
  input: [Math.sin(i), Math.cos(3 * i), i % 3],
  label: Number(Math.sin(i) + 0.3 * Math.sin(17 * i) > 0),
}));
const loader = (part: Labelled<number[]>[], shuffle: boolean) =>
  new Loader(arrayDataset(part), { batchSize: 8, collate: vectorBatch(), shuffle, seed: 1 });
/** A run with every kind of state: Adam, dropout, batch statistics and six callbacks. */
const setup = (storage: Storage, more: Callback[] = [], options: Parameters<typeof checkpoint>[0] = { storage }) => {
  const model = new Sequential(
    new Linear({ in: 3, out: 8 }),
    new BatchNorm1d({ features: 8 }),
    new ReLU(),
    new Dropout({ probability: 0.2 }),
    new Linear({ in: 8, out: 2 }),
  ).initialize(3);
  return {
    model,
    loss: crossEntropy(),
    optimizer: new Optimizer(
      [...model.parameters()].map(([, parameter]) => parameter),
      adam({ learningRate: 0.05 }),
    ),
    data: loader(samples.slice(0, 32), true),
    validation: loader(samples.slice(32), false),
    metrics: [accuracy()],
    onWarning: () => {},
    callbacks: [
      ...more,
      weightAverage({ decay: 0.9 }),
      reduceOnPlateau({ patience: 0, factor: 0.5 }),
      earlyStopping({ patience: 9 }),
      overfittingMonitor(),
      csvLog({ storage }),
      jsonLinesLog({ storage }),
      checkpoint(options),
    ],
  };
};
const folder = (): Storage => fileStorage(mkdtempSync(join(tmpdir(), 'graft-checkpoint-')));
const text = async (storage: Storage, file: string): Promise<string> =>
  new TextDecoder().decode(await storage.read(file));
const stopAt = (step: number): Callback => ({
  name: 'stopAt',
  afterStep: (state) => void (state.step === step && state.stop('enough')),
});
const crashAt = (step: number): Callback => ({
  name: 'crashAt',
  beforeStep: (state) => {
    if (state.step === step) throw new Error('power cut');
  },
});

test.each<[string, Callback, Partial<Parameters<typeof checkpoint>[0]>, string]>([
  ['that was stopped within an epoch', stopAt(10), {}, 'step-00000010'],
  ['that was stopped at the end of an epoch', stopAt(12), {}, 'step-00000012'],
  ['that crashed, resumed from the last epoch,', crashAt(11), {}, 'step-00000008'],
  ['that crashed, resumed from the last saved step,', crashAt(11), { everySteps: 3 }, 'step-00000009'],
  ['that crashed, resumed from the saved end of an epoch,', crashAt(14), { everySteps: 4 }, 'step-00000012'],
])(
  'a run %s ends with the same bits, callbacks and logs as an uninterrupted run',
  async (_, interruption, options, latest) => {
    const [whole, parts] = [folder(), folder()];
    const uninterrupted = setup(whole);
    const { log } = await fit({ ...uninterrupted, epochs: 5 });

    await fit({ ...setup(parts, [interruption], { storage: parts, ...options }), epochs: 5 }).catch((error: Error) =>
      expect(error.message).toBe('power cut'),
    );
    expect(await latestCheckpoint(parts)).toBe(`checkpoints/${latest}`);
    const resumed = setup(parts, [], { storage: parts, ...options });
    const resume = await resumeRun(parts, `checkpoints/${latest}`, resumed);
    expect((await fit({ ...resumed, epochs: 5, resume })).log).toEqual(log);
    expect(await weightsOf(resumed.model)).toEqual(await weightsOf(uninterrupted.model));
    expect(await resumed.optimizer.state()).toEqual(await uninterrupted.optimizer.state());
    expect(resumed.callbacks.map((callback) => callback.save?.())).toEqual(
      uninterrupted.callbacks.map((callback) => callback.save?.()),
    );
    for (const file of ['log.csv', 'log.jsonl']) expect(await text(parts, file)).toBe(await text(whole, file));
    expect(
      (await text(parts, 'log.jsonl'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { epoch: number }).epoch),
    ).toEqual([1, 2, 3, 4, 5]);
  },
);
test('keeps the latest checkpoints, and the error of a diverged run names the newest', async () => {
  const storage = folder();
  await fit({ ...setup(storage, [], { storage, keep: 2 }), epochs: 5 });
  expect(await storage.list('checkpoints')).toEqual(['step-00000016', 'step-00000020']);
  const other = folder();
  const broken: Callback = {
    name: 'broken',
    beforeStep: ({ step, model }) => {
      if (step === 9)
        for (const [, { value }] of model.parameters())
          (value.backend.view!(value.data, value) as Float32Array).fill(Number.NaN);
    },
  };
  const run = fit({ ...setup(other, [broken], { storage: other, everySteps: 1 }), epochs: 5 });
  await expect(run).rejects.toThrow('The loss became NaN at step 9 (epoch 3).');
  await expect(run).rejects.toThrow('The last good checkpoint, after 9 steps, is "checkpoints/step-00000009".');
});
test('everyEpochs, everySteps and everySeconds can be combined', async () => {
  const storage = folder();
  await fit({ ...setup(storage, [], { storage, everyEpochs: 2, everySteps: 3, keep: 99 }), epochs: 2 });
  expect(await storage.list('checkpoints')).toEqual(['step-00000003', 'step-00000006', 'step-00000008']);
  const other = folder();
  await fit({ ...setup(other, [], { storage: other, everySeconds: 1e-9, keep: 99 }), epochs: 1 });
  expect(await other.list('checkpoints')).toHaveLength(4);
});
test('resumeLatest skips damaged and incomplete checkpoints, and the run ends with the same bits', async () => {
  const [whole, parts] = [folder(), folder()];
  const uninterrupted = setup(whole);
  await fit({ ...uninterrupted, epochs: 5 });
  await fit({ ...setup(parts, [crashAt(14)]), epochs: 5 }).catch(() => {});
  expect(await parts.list('checkpoints')).toEqual(['step-00000004', 'step-00000008', 'step-00000012']);
  const weights = (await parts.list('checkpoints/step-00000012')).find((name) => name.startsWith('weights'))!;
  await parts.write(
    `checkpoints/step-00000012/${weights}`,
    (await parts.read(`checkpoints/step-00000012/${weights}`)).subarray(0, 100),
  );
  await parts.write('checkpoints/step-00000013/weights-0123456789ab.safetensors', new Uint8Array(8));
  const resumed = setup(parts);
  const damaged: string[] = [];
  const resume = await resumeLatest(parts, 'checkpoints', resumed, { onDamaged: (reason) => damaged.push(reason) });
  expect(damaged).toEqual([
    expect.stringMatching(
      /^The checkpoint file "checkpoints\/step-00000012\/weights-.*" is damaged: its SHA-256 does not match/,
    ),
  ]);
  expect(await parts.list('checkpoints')).toEqual(['step-00000004', 'step-00000008']);
  await fit({ ...resumed, epochs: 5, resume });
  expect(await weightsOf(resumed.model)).toEqual(await weightsOf(uninterrupted.model));
});
test('resumeLatest returns undefined for an empty folder, and throws without removing anything if all checkpoints are damaged', async () => {
  const storage = folder();
  expect(await resumeLatest(storage, 'checkpoints', setup(storage))).toBeUndefined();
  await storage.write('checkpoints/step-00000004/state.json', new Uint8Array());
  await expect(resumeLatest(storage, 'checkpoints', setup(storage))).rejects.toThrow(
    '"checkpoints/step-00000004/state.json" is not a valid checkpoint: it is not JSON.',
  );
  expect(await storage.list('checkpoints')).toEqual(['step-00000004']);
});
test('a checkpoint with float16 weights is smaller and can be loaded', async () => {
  const [whole, half] = [folder(), folder()];
  for (const [storage, dtype] of [
    [whole, 'float32'],
    [half, 'float16'],
  ] as const)
    await fit({ ...setup(storage, [], { storage, dtype }), epochs: 1 });
  const size = async (storage: Storage): Promise<number> =>
    (
      await storage.read(
        `checkpoints/step-00000004/${(await storage.list('checkpoints/step-00000004')).find((name) => name.startsWith('weights'))!}`,
      )
    ).length;
  expect(await size(half)).toBeLessThan(await size(whole));
  const { model, optimizer, data } = setup(half);
  expect((await resumeRun(half, 'checkpoints/step-00000004', { model, optimizer, data })).epoch).toBe(1);
  expect([...model.parameters()].every(([, { value }]) => value.dtype === 'float32')).toBe(true);
});
test('resumeRun rejects a checkpoint with invalid contents', async () => {
  const storage = folder();
  await fit({ ...setup(storage), epochs: 1 });
  const path = 'checkpoints/step-00000004/state.json';
  const index = JSON.parse(await text(storage, path)) as { state: object; callbacks: object };
  for (const [change, message] of [
    [{ state: { run: { epoch: -1 } } }, 'does not contain the position of a run'],
    [
      { state: { run: { epoch: 1, stepInEpoch: 0, samples: 0, totalLoss: 0, log: [null] } } },
      'does not contain the position of a run',
    ],
    [{ callbacks: { ...index.callbacks, reduceOnPlateau: { rate: 1e9 } } }, 'reduceOnPlateau is not valid'],
    [{ callbacks: { ...index.callbacks, weightAverage: null } }, 'weightAverage is not valid'],
    [{ callbacks: 3 }, 'its "callbacks" must be an object, but is 3.'],
  ] as const) {
    await storage.write(path, new TextEncoder().encode(JSON.stringify({ ...index, ...change })));
    await expect(resumeRun(storage, 'checkpoints/step-00000004', setup(storage))).rejects.toThrow(message);
  }
});
test('every odd state.json is resumed, or rejected in one sentence', { timeout: 60_000 }, async () => {
  const storage = folder();
  await fit({ ...setup(storage, [stopAt(3)], { storage, everySteps: 3 }), epochs: 1 });
  const path = 'checkpoints/step-00000003/state.json';
  const index: unknown = JSON.parse(await text(storage, path));
  const problems: string[] = [];
  let rejected = 0;
  for (const [place, odd] of oddCopies(index)) {
    await storage.write(path, new TextEncoder().encode(JSON.stringify(odd) ?? ''));
    const resumed = setup(folder());
    try {
      const resume = await resumeRun(storage, 'checkpoints/step-00000003', resumed);
      await fit({ ...resumed, epochs: 1, resume, callbacks: [] });
    } catch (error) {
      rejected++;
      const { message } = error as Error;
      if (
        !(error instanceof Error) ||
        error instanceof TypeError ||
        error instanceof RangeError ||
        !/^[^\n]{10,400}\.$/.test(message)
      )
        problems.push(`${place}: ${message}`);
    }
  }
  expect(problems).toEqual([]);
  expect(rejected).toBeGreaterThan(100);
});
test('rejects invalid options and folders of other runs', async () => {
  const storage = folder();
  await fit({ ...setup(storage), epochs: 2 });
  await expect(fit({ ...setup(storage), epochs: 2 })).rejects.toThrow(
    'The folder "checkpoints" contains "step-00000008" of a run that is ahead of this one at step 0.',
  );
  await expect(fit({ ...setup(storage, [], { storage, folder: 'b' }), epochs: 3, startEpoch: 2 })).rejects.toThrow(
    'csvLog would remove the first 2 epochs from "log.csv"',
  );
  await expect(
    fit({ ...setup(storage, [], { storage, folder: 'c', everySteps: 2 }), data: [], epochs: 1 }),
  ).rejects.toThrow(
    'checkpoint cannot save within an epoch, because this data cannot be resumed. Use a Loader, or the option everyEpochs instead of the option everySteps.',
  );
  expect(() => checkpoint({ storage, everySeconds: 0 })).toThrow(
    'checkpoint expects "everySeconds" to be above 0, got 0.',
  );
  expect(() => checkpoint({ storage, keep: 0 })).toThrow(
    'checkpoint expects "keep" to be an integer of 1 or more, got 0.',
  );
  expect(await latestCheckpoint(folder())).toBeUndefined();
});
