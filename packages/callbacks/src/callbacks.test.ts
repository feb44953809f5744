import { arrayDataset, type Labelled, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear, weightsOf } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { fileStorage } from '@graft/tensor/node';
import { type Callback, fit, loadCheckpoint } from '@graft/train';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bestCheckpoint, earlyStopping, progress } from './index.ts';

const samples: Labelled<number[]>[] = Array.from({ length: 32 }, (_, i) => ({ input: [i % 2 ? 1 : -1, (i * 7) % 5], label: i % 2 }));
const run = (callbacks: Callback[], { learningRate = 0.1, epochs = 6 } = {}) => {
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const data = () => new Loader(arrayDataset(samples), { batchSize: 8, collate: vectorBatch() });
  const optimizer = new Optimizer([model.weight, model.bias!], sgd({ learningRate }));
  return { model, result: fit({ model, loss: crossEntropy(), optimizer, data: data(), validation: data(), epochs, callbacks }) };
};

test('early stopping ends a run that gets worse, with the best weights', async () => {
  let best: unknown;
  const watch: Callback = { name: 'watch', afterEpoch: ({ epoch, model }) => void (epoch === 0 && (best = weightsOf(model))) };
  // A rate this high makes the loss jump up and down.
  const { model, result } = run([watch, earlyStopping({ patience: 2, monitor: 'loss', mode: 'max' })]);
  expect((await result).stopped).toBe('no better for 2 epochs; best was epoch 1');
  expect(weightsOf(model)).toEqual(best);
});
test('early stopping lets a run that gets better go on', async () => expect((await run([earlyStopping({ patience: 1 })]).result).stopped).toBeUndefined());
test('a number that is not there is named', () => expect(run([earlyStopping({ monitor: 'validationAcuracy' })]).result).rejects.toThrow('has no "validationAcuracy" to monitor. It has: epoch, loss, validationLoss'));
test('the best checkpoint can be loaded, and is the only one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-best-'));
  const { model, result } = run([bestCheckpoint({ storage: fileStorage(folder) })]);
  await result;
  expect(readdirSync(join(folder, 'checkpoint')).length).toBe(3);
  const twin = new Linear({ in: 2, out: 2 });
  await loadCheckpoint(fileStorage(folder), 'checkpoint', { model: twin });
  expect(weightsOf(twin)).toEqual(weightsOf(model));
});
test('progress: a line an epoch without a terminal, a bar with one', async () => {
  const write = (isTTY: boolean) => {
    let text = '';
    return { stream: { isTTY, write: (part: string) => void (text += part), cursorTo() {}, clearLine() {}, columns: 120 }, text: () => text };
  };
  const lines = write(false);
  await run([progress({ stream: lines.stream })], { epochs: 2 }).result;
  expect(lines.text()).toMatch(/^training: epoch 1\/2 · loss [\d.]+ · validation loss [\d.]+ · \d+ samples\/s\ntraining: epoch 2\/2/);
  const terminal = write(true);
  await run([progress({ stream: terminal.stream, label: 'head' })], { epochs: 2 }).result;
  expect(terminal.text()).toMatch(/head .*epoch 1\/2 · loss .* samples\/s/);
});
