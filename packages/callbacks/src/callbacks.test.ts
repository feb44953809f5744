import { arrayDataset, type Labelled, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear, weightsOf } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import { fileStorage } from '@graft/storage/node';
import { type Callback, fit, loadCheckpoint } from '@graft/train';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { showNumber } from './describe-log.ts';
import { bestCheckpoint, describeLog, earlyStopping, type MonitorOptions, progress, reduceOnPlateau } from './index.ts';

const samples: Labelled<number[]>[] = Array.from({ length: 32 }, (_, i) => ({
  input: [i % 2 ? 1 : -1, (i * 7) % 5],
  label: i % 2,
}));
const run = (callbacks: Callback[], { learningRate = 0.1, epochs = 6 } = {}) => {
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const data = () => new Loader(arrayDataset(samples), { batchSize: 8, collate: vectorBatch() });
  const optimizer = new Optimizer([model.weight, model.bias!], sgd({ learningRate }));
  return {
    model,
    result: fit({ model, loss: crossEntropy(), optimizer, data: data(), validation: data(), epochs, callbacks }),
  };
};

test('earlyStopping stops a run that gets worse and restores the best weights', async () => {
  let best: unknown;
  const watch: Callback = {
    name: 'watch',
    afterEpoch: async ({ epoch, model }) => void (epoch === 0 && (best = await weightsOf(model))),
  };
  // The loss falls, so with mode 'max' every epoch after the first is worse.
  const { model, result } = run([watch, earlyStopping({ patience: 2, monitor: 'loss', mode: 'max' })]);
  expect((await result).stopped).toBe('no improvement for 2 epochs; best was epoch 1');
  expect(await weightsOf(model)).toEqual(best);
});
test('earlyStopping does not stop a run that improves', async () =>
  expect((await run([earlyStopping({ patience: 1 })]).result).stopped).toBeUndefined());
test.each([
  ['earlyStopping', earlyStopping],
  ['reduceOnPlateau', reduceOnPlateau],
  ['bestCheckpoint', (options: MonitorOptions) => bestCheckpoint({ storage: memoryStorage(), ...options })],
] as const)('%s rejects an unknown monitor before training', async (name, make) => {
  const steps: number[] = [];
  const watch: Callback = { name: 'watch', afterStep: ({ step }) => void steps.push(step) };
  await expect(run([watch, make({ monitor: 'validationLos' })]).result).rejects.toThrow(
    `${name} cannot monitor "validationLos". Did you mean "validationLoss"? Use one of: loss, validationLoss.`,
  );
  expect(steps).toEqual([]);
});
test('bestCheckpoint keeps one checkpoint, which can be loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graft-best-'));
  const { model, result } = run([bestCheckpoint({ storage: fileStorage(folder) })]);
  await result;
  expect(readdirSync(join(folder, 'checkpoint')).length).toBe(3);
  const twin = new Linear({ in: 2, out: 2 });
  await loadCheckpoint(fileStorage(folder), 'checkpoint', { model: twin });
  expect(await weightsOf(twin)).toEqual(await weightsOf(model));
});
/** A stream with a terminal's methods that records what is written. */
const recorder = (isTTY: boolean) => {
  let text = '';
  return {
    stream: {
      isTTY,
      write: (part: string) => void (text += part),
      cursorTo() {},
      clearLine() {},
      clearScreenDown() {},
      moveCursor() {},
      columns: 120,
    },
    text: () => text,
  };
};
const epochsIn = (text: string): number[] => Array.from(text.matchAll(/epoch (\d+)\//g), ([, epoch]) => Number(epoch));

test('without a terminal, progress prints at most ten lines, including the last epoch', async () => {
  const [few, many, stopped] = [recorder(false), recorder(false), recorder(false)];
  await run([progress({ stream: few.stream })], { epochs: 2 }).result;
  expect(few.text()).toMatch(
    /^training: epoch 1\/2 · loss [\d.]+ · validation loss [\d.]+ · \d+ samples\/s\ntraining: epoch 2\/2/,
  );
  await run([progress({ stream: many.stream })], { epochs: 43 }).result;
  expect(epochsIn(many.text())).toEqual([5, 10, 15, 20, 25, 30, 35, 40, 43]);
  await run(
    [
      progress({ stream: stopped.stream }),
      { name: 'stop', afterEpoch: (state) => void (state.epoch === 6 && state.stop('enough')) },
    ],
    { epochs: 43 },
  ).result;
  expect(epochsIn(stopped.text())).toEqual([5, 7]);
});
test.each([
  [300, 40],
  [900, 4],
  [1999, 3],
])('with steps of %i ms, progress is never silent for more than two seconds', async (milliseconds, epochs) => {
  let time = 0;
  const written = [0];
  const lines: string[] = [];
  const stream = { write: (line: string) => (written.push(time), lines.push(line)) };
  const tick: Callback = {
    name: 'tick',
    beforeStep: () => void (time += milliseconds),
    onWork: () => void (time += milliseconds),
  };
  const bar = progress({ stream, now: () => time });
  for (let done = 1; done <= 10; done++) {
    time += milliseconds;
    bar.onWork!({ what: 'features', done, total: 10 });
  }
  await run([tick, bar], { epochs }).result;
  written.push(time);
  expect(Math.max(...written.map((at, i) => at - (written[i - 1] ?? 0)))).toBeLessThanOrEqual(2000);
  expect(lines.some((line) => /^training: features \d+\/10\n$/.test(line))).toBe(true);
  expect(lines.some((line) => /^training: validation \d\/4\n$/.test(line))).toBe(true);
  expect(
    lines.some((line) => /^training: epoch \d+\/\d+ · step \d\/4 · loss [\d.]+ · \d+ samples\/s\n$/.test(line)),
  ).toBe(true);
  // No more lines than needed: at most one per second, in addition to those of epochs.
  expect(lines.length).toBeLessThanOrEqual(10 + time / Math.max(1000, 2000 - milliseconds));
});
test('on a terminal, feature progress is updated in place until the bar starts', async () => {
  let time = 0;
  const { stream, text } = recorder(true);
  const bar = progress({ stream, label: 'head', now: () => time });
  for (let done = 1; done <= 3; done++) {
    time += 1500;
    bar.onWork!({ what: 'features', done, total: 3 });
  }
  await run([bar], { epochs: 1 }).result;
  expect(text()).toMatch(
    /^head: features 1\/3\r\u001B\[Khead: features 2\/3\r\u001B\[Khead: features 3\/3\r\u001B\[K.*epoch 1\/1/s,
  );
});
test('on a terminal, progress draws a bar without handling Ctrl+C or hiding the cursor', async () => {
  const { stream, text } = recorder(true);
  const before = process.listenerCount('SIGINT');
  await run(
    [
      progress({ stream, label: 'head' }),
      { name: 'watch', afterStep: () => expect(process.listenerCount('SIGINT')).toBe(before) },
    ],
    { epochs: 2 },
  ).result;
  expect(text()).toMatch(/head .*epoch 1\/2 · loss .* samples\/s/);
  expect(text()).not.toContain('\u001B[?25l');
});
test('a failing run stops its bar, whose timer would keep the process alive', async () => {
  const { stream, text } = recorder(true);
  vi.useFakeTimers();
  try {
    const fail: Callback = {
      name: 'fail',
      afterStep: () => {
        throw new Error('lost');
      },
    };
    await expect(run([progress({ stream }), fail]).result).rejects.toThrow('lost');
    expect(vi.getTimerCount()).toBe(0);
    expect(text()).toContain('epoch 1/6');
  } finally {
    vi.useRealTimers();
  }
});
test('formats numbers for display', () => {
  expect([1.17e-7, 0.00764, 0.5, 2.30259, 12345.6, 1.5e9, Number.NaN].map(showNumber)).toEqual([
    '0.000',
    '0.00764',
    '0.500',
    '2.30',
    '12346',
    '1.50e+9',
    'NaN',
  ]);
  expect(describeLog({ epoch: 3, loss: 1e-9, validationAccuracy: 0.9351 })).toBe(
    'loss 0.000 · validation accuracy 93.5 %',
  );
});
