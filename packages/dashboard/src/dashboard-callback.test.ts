import { createWasmBackend } from '@graft/backend-wasm';
import { arrayDataset, type Batch, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Linear, weightsOf } from '@graft/layers';
import { adamW, chain, clipByGlobalNorm, Optimizer, warmUp } from '@graft/optimizers';
import { classification } from '@graft/tasks';
import {
  add,
  type AnyBackend,
  createJsBackend,
  matmul,
  mean,
  Random,
  scope,
  softmaxCrossEntropy,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
} from '@graft/tensor';
import { accuracy, type Callback, fit, type FitOptions } from '@graft/train';
import { describeCallback } from '@graft/train/testing';
import { expect, test, vi } from 'vitest';
import { dashboardCallback } from './dashboard-callback.ts';
import type { HeldOut } from './held-out.ts';
import { LiveRun } from './live-run.ts';
import { thisMachine } from './machine.ts';
import { Pace } from './pace.ts';

const names = ['a', 'b', 'c'];
const heldOut: HeldOut = { objective: classification, names };
describeCallback('dashboard', () => dashboardCallback(new LiveRun({ heldOut: { ...heldOut, names: ['a', 'b'] } })));

const wasm = await createWasmBackend();

/** A classification problem with three classes that are mostly linearly separable. */
async function phase({
  backend = wasm,
  batchSize = 16,
  epochs = 4,
}: { backend?: AnyBackend; batchSize?: number; epochs?: number } = {}): Promise<FitOptions & { model: Linear }> {
  const random = new Random(5);
  const made = Array.from({ length: 64 }, (_, i) => ({
    input: Float32Array.from({ length: 8 }, (_, k) => random.normal() + (k % 3 === i % 3 ? 1 : 0)),
    label: i % 3,
  }));
  const model = await new Linear({ in: 8, out: 3 }).initialize(1).to(backend);
  const loader = (shuffle: boolean) =>
    new Loader(arrayDataset(made), { batchSize, seed: 1, shuffle, collate: vectorBatch(), prefetch: 0 });
  const optimizer = new Optimizer(
    model,
    chain(clipByGlobalNorm(1), adamW({ learningRate: warmUp({ steps: 8, then: () => 0.1 }) })),
  );
  return {
    model,
    loss: crossEntropy(),
    optimizer,
    data: loader(true),
    validation: loader(false),
    epochs,
    metrics: [accuracy()],
    seed: 2,
  };
}

test('the callback changes neither weights nor the log', async () => {
  const [plain, seen] = [await phase(), await phase()];
  const { log } = await fit(plain);
  const live = new LiveRun({ heldOut });
  expect((await fit({ ...seen, callbacks: [dashboardCallback(live)] })).log).toEqual(log);
  expect(await weightsOf(seen.model)).toEqual(await weightsOf(plain.model));
  expect(live.log).toEqual(log);
});
test('it records the actual gradient norm, learning rate and outputs', async () => {
  const live = new LiveRun({ heldOut });
  const options = await phase({ batchSize: 64, epochs: 1 });
  const weights = await weightsOf(options.model);
  const batches: Batch[] = [];
  for await (const batch of options.validation as AsyncIterable<Batch>) batches.push(batch);
  const [x, y] = [tensor(batches[0]!.inputs, { shape: [64, 8] }), tensor(batches[0]!.labels)];
  const norm = scope(() => {
    const [w, b] = ['weight', 'bias'].map((name) =>
      tensor(weights.get(name)!.data, { shape: weights.get(name)!.shape }),
    );
    const logits = (): Tensor => add(matmul(x, transpose(w!)), b!);
    const { grads } = valueAndGrad(() => mean(softmaxCrossEntropy(logits(), y)), [w!, b!]);
    return Math.sqrt(grads.reduce((all, grad) => all + sum(square(grad!)).item(), 0));
  });
  await fit({ ...options, callbacks: [dashboardCallback(live)] });
  expect(live.gradientNorm.steps).toEqual([1]);
  expect(live.gradientNorm.values[0]).toBeCloseTo(norm, 5);
  expect(live.learningRate).toMatchObject({ steps: [1], values: [options.optimizer.learningRate()] });
  const [{ outputs, labels }] = live.validated!.batches as [
    { outputs: { values: Float32Array; shape: readonly number[] }; labels: ArrayLike<number> },
  ];
  const trained = await weightsOf(options.model);
  const expected = scope(() =>
    add(
      matmul(x, transpose(tensor(trained.get('weight')!.data, { shape: [3, 8] }))),
      tensor(trained.get('bias')!.data, { shape: [3] }),
    ).numbers(),
  );
  expect(outputs.shape).toEqual([64, 3]);
  for (const [i, value] of expected.entries()) expect(outputs.values[i]).toBeCloseTo(value, 4);
  expect(Array.from(labels)).toEqual([...batches[0]!.labels]);
});
test('the gradient norm is NaN if the backend cannot expose gradients to the host', async () => {
  const blind = Object.create(wasm, { view: { value: undefined } }) as AnyBackend;
  const live = new LiveRun();
  await fit({ ...(await phase({ backend: blind, epochs: 1 })), callbacks: [dashboardCallback(live)] });
  expect(live.gradientNorm.values.length).toBeGreaterThan(0);
  expect(live.gradientNorm.values.every(Number.isNaN)).toBe(true);
});
test('without an objective, outputs are not kept', async () => {
  const live = new LiveRun();
  await fit({ ...(await phase({ epochs: 1 })), callbacks: [dashboardCallback(live)] });
  expect(live.validated).toBeUndefined();
  expect(live.log[0]).toHaveProperty('validationAccuracy');
});
test('gradient norms take half a percent of the processor time', async () => {
  // Each reading of the clock takes 1 ms, each loss 100 ms of processor time.
  let [now, used] = [0, 0];
  const machine = { now: () => now++, processorTime: () => used, memory: () => undefined };
  const charge = vi.spyOn(Pace.prototype, 'charge');
  try {
    const live = new LiveRun({ machine });
    const loss: FitOptions['loss'] = (output, target) => {
      used += 100;
      return crossEntropy()(output, target);
    };
    await fit({ ...(await phase({ epochs: 16 })), loss, callbacks: [dashboardCallback(live)] });
    const costs = charge.mock.calls.map(([milliseconds]) => milliseconds);
    expect(new Set(costs)).toEqual(new Set([2])); // two gradients
    expect(used).toBeGreaterThan(6400);
    expect(costs.length).toBeLessThanOrEqual(1 + (0.005 * used) / 2);
    expect(costs.length).toBeGreaterThan(10);
    expect(live.gradientNorm.values.length).toBe(costs.length);
  } finally {
    charge.mockRestore();
  }
});
test('speed, memory, remaining time and progress are updated by the clock', async () => {
  let now = 0;
  const machine = { now: () => now, processorTime: () => now, memory: () => 1000 + now };
  const live = new LiveRun({ machine });
  const seen: unknown[] = [];
  const clock: Callback = {
    name: 'clock',
    beforeStep: () => void (now += 250),
    beforeValidation: () => void (now += 1000), // not part of the throughput
  };
  const looking: Callback = {
    name: 'looking',
    afterStep: ({ step }) => {
      if (step === 6) seen.push({ ...live.stage, left: live.secondsLeft, epoch: live.epoch?.number });
    },
  };
  await fit({ ...(await phase()), callbacks: [clock, dashboardCallback(live), looking] }); // 4 epochs of 4 steps
  expect(seen).toEqual([{ what: 'training', done: 6, total: 16, left: (2.5 / 6) * 10, epoch: 2 }]);
  expect(live.throughput.steps).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
  expect(new Set(live.throughput.values)).toEqual(new Set([64]));
  expect(live.memory).toMatchObject({ steps: [0, 2, 4, 6, 8, 10, 12, 14, 16] });
  expect(live.memory.values.slice(0, 4)).toEqual([1000, 1500, 2000, 3500]);
  expect(live).toMatchObject({
    stage: { what: 'training ended' },
    secondsLeft: undefined,
    epoch: { number: 4, of: 4 },
  });
});
test('throughput is measured across epochs that are shorter than the interval', async () => {
  let now = 0;
  const live = new LiveRun({ machine: { now: () => now, processorTime: () => now, memory: () => undefined } });
  const clock: Callback = {
    name: 'clock',
    beforeStep: () => void (now += 50),
    beforeValidation: () => void (now += 1000),
  };
  await fit({ ...(await phase({ epochs: 6 })), callbacks: [clock, dashboardCallback(live)] });
  expect(live.throughput).toMatchObject({ steps: [10, 20], values: [320, 320] });
});
test('training yields to the event loop every 50 ms of the clock', async () => {
  let now = 0;
  const live = new LiveRun({ machine: { ...thisMachine, now: () => now } });
  let turns = 0;
  const count = (): void => {
    turns++;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  const clock: Callback = { name: 'clock', beforeStep: () => void (now += 25) };
  const seen: number[] = [];
  const looking: Callback = { name: 'looking', afterStep: () => void seen.push(turns) };
  const callbacks = [clock, dashboardCallback(live), looking];
  await fit({ ...(await phase({ backend: createJsBackend(), epochs: 2 })), callbacks });
  clearImmediate(turn);
  expect(seen.map((turns, i) => turns - (seen[i - 1] ?? 0))).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
});
test('steps and log continue across phases', async () => {
  const live = new LiveRun();
  for (const name of ['head', 'all'])
    await fit({ ...(await phase()), callbacks: [dashboardCallback(live, { phase: name })] });
  expect(live.learningRate.steps).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
  expect(live.log.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  expect(live.phases.map(({ name, log }) => [name, log.length])).toEqual([
    ['head', 4],
    ['all', 4],
  ]);
  expect(live.learningRate.values[0]).toBeLessThan(live.learningRate.values[8]!);
  expect(live.epoch).toMatchObject({ number: 4, of: 4 });
});
test('steps continue in a second fit with the same optimizer', async () => {
  const live = new LiveRun();
  const options = await phase();
  for (let i = 0; i < 2; i++) await fit({ ...options, callbacks: [dashboardCallback(live)] });
  expect(live.learningRate.steps).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
});
test('phases and epochs reported by events and the callback appear once', async () => {
  const live = new LiveRun();
  live.listen({ type: 'phase', phase: 'head' });
  expect(live.stage.what).toBe('training: head');
  const emitting: Callback = {
    name: 'events',
    afterEpoch: ({ log }) => live.listen({ type: 'epoch', phase: 'head', log: log.at(-1)! }),
  };
  const { log } = await fit({
    ...(await phase()),
    callbacks: [dashboardCallback(live, { phase: 'the head' }), emitting],
  });
  expect(live.phases.map(({ name, log }) => [name, log.length])).toEqual([['the head', 4]]);
  expect(live.log).toEqual(log);
});
test('a phase can have its own examples', async () => {
  const [run, fold] = [
    { name: 'run', show: async () => undefined },
    { name: 'fold', show: async () => undefined },
  ];
  const live = new LiveRun({ heldOut: { ...heldOut, examples: [run] } });
  await fit({ ...(await phase({ epochs: 1 })), callbacks: [dashboardCallback(live)] });
  expect(live.validated!.examples).toEqual([run]);
  await fit({ ...(await phase({ epochs: 1 })), callbacks: [dashboardCallback(live, { examples: [fold] })] });
  expect(live.validated!.examples).toEqual([fold]);
});
