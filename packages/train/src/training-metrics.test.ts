import { arrayDataset, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear, Module, type Run } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import type { Tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  accuracy,
  type Callback,
  type EpochLog,
  evaluate,
  f1,
  fit,
  type Metric,
  resumeRun,
  rocAuc,
  saveRun,
  type TrainWarning,
} from './index.ts';

const samples = Array.from({ length: 20 }, (_, i) => ({ input: [Math.sin(i), Math.cos(3 * i)], label: i % 2 }));
const loader = () => new Loader(arrayDataset(samples), { batchSize: 8, collate: vectorBatch(), shuffle: true });

class Counted extends Module {
  readonly inner = new Linear({ in: 2, out: 2 });
  forwards = 0;
  override forward(x: Tensor, _run?: Run): Tensor {
    this.forwards++;
    return this.inner.forward(x);
  }
}
const parts = (learningRate = 0.1) => {
  const model = new Counted().initialize(1);
  return { model, optimizer: new Optimizer(model, adam({ learningRate })), loss: crossEntropy(), data: loader() };
};

describe('metrics on training data', () => {
  test('use the outputs of the training steps, without an extra pass', async () => {
    const { model, ...options } = parts(0); // a learning rate of 0 keeps the weights
    const { log } = await fit({ model, ...options, epochs: 2, metrics: [accuracy(), f1()] });
    expect(model.forwards).toBe(6);
    const expected = await evaluate(model, loader(), { metrics: [accuracy(), f1()] });
    for (const row of log) expect({ accuracy: row.accuracy, f1: row.f1 }).toEqual(expected);
    expect(Object.keys(log[0]!)).toEqual(['epoch', 'loss', 'accuracy', 'f1']);
  });
  test('are logged next to those on validation data', async () => {
    const { log } = await fit({ ...parts(), epochs: 1, metrics: [accuracy()], validation: loader() });
    expect(Object.keys(log[0]!)).toEqual(['epoch', 'loss', 'accuracy', 'validationLoss', 'validationAccuracy']);
  });
  test('can be switched off, unless there is no validation data either', async () => {
    const options = { ...parts(), epochs: 1, metrics: [accuracy()], trainingMetrics: false };
    const { log } = await fit({ ...options, validation: loader() });
    expect(Object.keys(log[0]!)).toEqual(['epoch', 'loss', 'validationLoss', 'validationAccuracy']);
    await expect(fit(options)).rejects.toThrow(
      'fit got the metrics accuracy, but trainingMetrics is false and there is no validation data. Pass validation data, or remove metrics or trainingMetrics.',
    );
  });
  test('free their tensors, even if the run fails', async () => {
    const options = { ...parts(), epochs: 1, metrics: [accuracy()] };
    await fit(options);
    const before = unfreedTensors();
    await fit(options);
    const failing: Metric = {
      ...accuracy(),
      start: () => ({
        add() {
          throw new Error('on purpose');
        },
        result: () => 0,
      }),
    };
    await expect(fit({ ...options, metrics: [failing] })).rejects.toThrow('on purpose');
    expect(unfreedTensors()).toBe(before);
  });
  test('resume within an epoch, bit for bit', async () => {
    const metrics = [accuracy(), f1(), rocAuc()];
    const whole = await fit({ ...parts(), epochs: 2, metrics });
    const storage = memoryStorage();
    const stopping: Callback = {
      name: 'stopping',
      async afterStep(state) {
        if (state.step !== 5) return;
        await saveRun(storage, 'run', state);
        state.stop('to be resumed');
      },
    };
    await fit({ ...parts(), epochs: 2, metrics, callbacks: [stopping] });
    const again = parts();
    const resume = await resumeRun(storage, 'run', again);
    expect((await fit({ ...again, epochs: 2, metrics, resume })).log).toEqual(whole.log);
  });
  test('that cannot be saved become NaN in a resumed epoch, with a warning', async () => {
    const { name, start, greaterIsBetter } = accuracy();
    const plain: Metric = {
      name,
      greaterIsBetter,
      start: () => {
        const { add, result } = start();
        return { add, result };
      },
    };
    const warnings: TrainWarning[] = [];
    const resume = { epoch: 1, stepInEpoch: 1, samples: 8, totalLoss: 5, log: [] };
    const { log } = await fit({
      ...parts(),
      epochs: 3,
      metrics: [plain],
      resume,
      onWarning: (warning) => warnings.push(warning),
    });
    expect(log.map((row) => Number.isNaN(row['accuracy']))).toEqual([true, false]);
    expect(warnings).toEqual([
      {
        source: 'fit',
        message: 'The run was resumed within epoch 2, but accuracy cannot be resumed: this epoch is logged as NaN.',
        epoch: 2,
      },
    ]);
  });
  test('must have different names', () =>
    expect(fit({ ...parts(), epochs: 1, metrics: [accuracy(), accuracy()] })).rejects.toThrow(
      'Two metrics are named "accuracy", but names in the log must be unique. Remove one.',
    ));
});

test('names in the log are typed', async () => {
  const { log } = await fit({
    ...parts(),
    epochs: 1,
    metrics: [accuracy(), accuracy({ top: 2 }), f1({ average: 'micro' })],
    validation: loader(),
  });
  const last = log.at(-1)!;
  expectTypeOf(last.loss).toEqualTypeOf<number>();
  expectTypeOf(last.validationAccuracy).toEqualTypeOf<number | undefined>();
  expect(last.top2Accuracy).toBe(1);
  expect(last.microF1).toBe(last.accuracy); // equal if each sample has one class
  // @ts-expect-error: the name is validationAccuracy
  expect(last.valAccuracy).toBeUndefined();
  const { log: plain } = await fit({ ...parts(), epochs: 1 });
  // @ts-expect-error: no metrics were given
  expect(plain.at(-1)!.accuracy).toBeUndefined();
  const rows: readonly EpochLog[] = log; // assignable to a log with any names
  expect(rows).toBe(log);
  const some: readonly Metric[] = [accuracy()];
  const { log: open } = await fit({ ...parts(), epochs: 1, metrics: some });
  expectTypeOf(open).toEqualTypeOf<readonly EpochLog[]>();
});
