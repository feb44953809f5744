import { arrayDataset, type Batch, type Labelled, Loader, vectorBatch } from '@graft/data';
import { BatchNorm1d, crossEntropy, Linear, ReLU, Sequential, weightsOf } from '@graft/layers';
import { adam, Optimizer, sgd } from '@graft/optimizers';
import { add, type AnyBackend, mul, Random, readAll, scope, type Tensor, tensor } from '@graft/tensor';
import { createBlindBackend, expectClose, unfreedTensors } from '@graft/tensor/testing';
import { expect, test } from 'vitest';
import {
  applyGradients,
  evaluate,
  fit,
  gradients,
  predict,
  type Reduce,
  type StepGradients,
  type TrainState,
  trainStep,
} from './index.ts';

const random = new Random(3);
const inputs = Float32Array.from({ length: 32 }, () => random.normal());
const batch = (from: number, to: number): { input: Tensor; target: Tensor } => ({
  input: tensor(inputs.slice(4 * from, 4 * to), { shape: [to - from, 4] }),
  target: tensor(Int32Array.from({ length: to - from }, (_, i) => (from + i) % 2)),
});
const network = (): Sequential =>
  new Sequential(
    new Linear({ in: 4, out: 6 }),
    new BatchNorm1d({ features: 6 }),
    new ReLU(),
    new Linear({ in: 6, out: 2 }),
  ).initialize(1);
const parts = (model: Sequential) => ({
  model,
  loss: crossEntropy(),
  optimizer: new Optimizer(model, adam({ learningRate: 0.1 })),
});

test('gradients leaves the model unchanged, and applyGradients completes the step', async () => {
  const [halves, whole] = [parts(network()), parts(network())];
  const { model, loss, optimizer } = halves;
  const before = await weightsOf(model);
  const step = scope(() =>
    gradients({ model, loss, parameters: optimizer.parameters, random: new Random(0) }, batch(0, 8)),
  );
  expect(await weightsOf(model)).toEqual(before);
  expect([step.samples, step.gradients.length, step.statistics.size]).toEqual([8, 6, 2]);
  const value = applyGradients(optimizer, step);
  const { input, target } = batch(0, 8);
  expect(value.item()).toBe(trainStep({ ...whole, random: new Random(0) }, input, target).item());
  expect(await weightsOf(model)).toEqual(await weightsOf(whole.model));
  expect((await weightsOf(model)).get('1.running_mean')).not.toEqual(before.get('1.running_mean'));
});
test('both kinds of step free their tensors', () => {
  const { model, loss, optimizer } = parts(network());
  const step = (): void => {
    const random = new Random(0);
    scope(
      () => void trainStep({ model, loss, optimizer, random }, ...(Object.values(batch(0, 8)) as [Tensor, Tensor])),
    );
    const made = scope(() => gradients({ model, loss, parameters: optimizer.parameters, random }, batch(0, 8)));
    applyGradients(optimizer, made).dispose();
  };
  step();
  const before = unfreedTensors();
  step();
  expect(unfreedTensors()).toBe(before);
});

const samples = Array.from({ length: 24 }, (_, i) => ({
  input: Array.from({ length: 4 }, (_unused, k) => Math.sin(5 * i + k)),
  label: i % 2,
}));
const loader = (from = 0, size = 8) =>
  new Loader(arrayDataset(samples.map((_, i) => samples[(i % size) + from + 8 * Math.floor(i / 8)]!).slice(0, 24)), {
    batchSize: size,
    collate: vectorBatch(),
  });

test('reduce is called once per step, and its result is applied', async () => {
  const run = async (reduce?: Reduce): Promise<unknown> => {
    const model = network();
    const optimizer = new Optimizer(model, sgd({ learningRate: 0.1 }));
    try {
      const { log } = await fit({ model, loss: crossEntropy(), optimizer, data: loader(), epochs: 2, reduce });
      return { log, weights: await weightsOf(model) };
    } finally {
      optimizer.dispose();
      model.dispose();
    }
  };
  const plain = await run();
  const seen: number[] = [];
  const identity: Reduce = async (step) => {
    await new Promise((resolve) => setTimeout(resolve));
    seen.push(step.samples);
    return step;
  };
  expect(await run(identity)).toEqual(plain);
  expect(seen).toEqual([8, 8, 8, 8, 8, 8]);
  const before = unfreedTensors();
  expect(await run((step) => Promise.resolve(weighed([step, step])))).toEqual(plain); // the mean of a step and itself
  expect(unfreedTensors()).toBe(before);
  await expect(run(() => Promise.reject(new Error('the other machine is gone')))).rejects.toThrow('is gone');
});

/** The mean of several steps, weighted by samples, as new tensors. */
function weighed(steps: readonly StepGradients[]): StepGradients {
  const samples = steps.reduce((sum, step) => sum + step.samples, 0);
  const mean = (of: (step: StepGradients) => Tensor): Tensor =>
    scope(() => steps.map((step) => mul(of(step), step.samples / samples)).reduce((a, b) => add(a, b)));
  return {
    loss: mean(({ loss }) => loss),
    gradients: steps[0]!.gradients.map((_, i) => mean(({ gradients }) => gradients[i]!)),
    statistics: new Map(
      [...steps[0]!.statistics.keys()].map((buffer) => [buffer, mean(({ statistics }) => statistics.get(buffer)!)]),
    ),
    samples: samples / steps.length,
  };
}

test('two machines with half of each batch train the same model as one machine', async () => {
  const model = (): Linear => new Linear({ in: 4, out: 2 }).initialize(1);
  const rows: Labelled<ArrayLike<number>>[] = samples;
  const all = new Loader(arrayDataset(rows), { batchSize: 8, collate: vectorBatch() });
  const half = (which: 0 | 1): typeof all =>
    new Loader(arrayDataset(rows.filter((_, i) => Math.floor(i / 4) % 2 === which)), {
      batchSize: 4,
      collate: vectorBatch(),
    });
  const run = async (data: typeof all, reduce?: Reduce) => {
    const own = model();
    const optimizer = new Optimizer(own, sgd({ learningRate: 0.5 }));
    const { log } = await fit({ model: own, loss: crossEntropy(), optimizer, data, epochs: 3, reduce });
    return { log, weights: own.weight.value.numbers() };
  };
  // The second call combines both steps and returns separate tensors to each machine.
  let waiting: { step: StepGradients; answer: (step: StepGradients) => void } | undefined;
  const together: Reduce = (step) =>
    new Promise((resolve) => {
      if (!waiting) {
        waiting = { step, answer: resolve };
        return;
      }
      const [first, answer] = [waiting.step, waiting.answer];
      waiting = undefined;
      const sum = (): StepGradients => ({ ...weighed([first, step]), samples: first.samples + step.samples });
      const [mine, theirs] = [sum(), sum()];
      answer(theirs);
      resolve(mine);
    });
  const whole = await run(all);
  const [one, two] = await Promise.all([run(half(0), together), run(half(1), together)]);
  expect(one).toEqual(two);
  expectClose(one!.weights, whole.weights, 1e-5);
  for (const [i, row] of one!.log.entries()) expect(row['loss']).toBeCloseTo(whole.log[i]!['loss']!, 5);
});

/** A device that completes a read only after it is given more work, so awaiting a read immediately never resolves. */
function lazyDevice(calls: number): { device: AnyBackend; begin: () => void; begun: () => number } {
  const { readAll: _, ...device } = createBlindBackend();
  const asked: (() => void)[] = [];
  let begun = 0;
  return {
    device: {
      ...device,
      async read(...of) {
        const values = device.read(...of); // the current values
        if (begun < calls) await new Promise<void>((resolve) => asked.push(resolve));
        return values;
      },
    },
    begin() {
      begun++;
      for (const answer of asked.splice(0)) answer();
    },
    begun: () => begun,
  };
}
test('fit reads a loss while the next step is computed', async () => {
  const { device, begin, begun } = lazyDevice(6);
  const model = await new Linear({ in: 4, out: 2 }).initialize(1).to(device);
  const optimizer = new Optimizer(model, sgd({ learningRate: 0.1 }));
  const means: number[] = [];
  const options = {
    model,
    loss: (output: Tensor, target: Tensor) => {
      begin();
      return crossEntropy()(output, target);
    },
    optimizer,
    data: loader(),
    callbacks: [{ name: 'means', afterStep: ({ meanLoss }: TrainState) => void means.push(meanLoss) }],
  };
  // The last loss of an epoch is read before more work arrives, so the data itself triggers it.
  const { log } = await fit({ ...options, epochs: 1, validation: undefined, ...lastly(begin, 3) });
  expect(begun()).toBe(6);
  expect(means.map(Number.isFinite)).toEqual([false, true, true]);
  expect(log[0]!.loss).toBeGreaterThan(0);
});
/** Data that triggers more device work after its last batch. */
const lastly = (begin: () => void, calls: number): { data: AsyncIterable<Batch> } => ({
  data: {
    async *[Symbol.asyncIterator]() {
      yield* loader();
      for (let i = 0; i < calls; i++) begin();
    },
  },
});
test('evaluate and predict start the next batch before reading the previous one', async () => {
  for (const walk of [
    (model: Linear, data: AsyncIterable<Batch>) => evaluate(model, data, { loss: crossEntropy() }),
    async (model: Linear, data: AsyncIterable<Batch>) => {
      const batches: Batch[] = [];
      for await (const { batch, outputs } of predict(model, data)) {
        expect(outputs.shape).toEqual([8, 2]);
        batches.push(batch);
      }
      expect(batches.map(({ indices }) => indices[0])).toEqual([0, 8, 16]);
    },
  ]) {
    const { device, begin, begun } = lazyDevice(4);
    const model = await new Linear({ in: 4, out: 2 }).initialize(1).to(device);
    await walk(model, {
      async *[Symbol.asyncIterator]() {
        for await (const batch of loader()) {
          yield batch;
          begin(); // the previous batch is on the device, and the next one is requested
        }
        begin();
      },
    });
    expect(begun()).toBe(4);
  }
});
test('predict rejects batches that overwrite each other', async () => {
  const memory = new Float32Array(8);
  const batches = Array.from({ length: 2 }, (_, i) => ({
    inputs: memory.subarray(0),
    shape: [2, 4],
    labels: Int32Array.of(0, 1),
    indices: [2 * i, 2 * i + 1],
  }));
  await expect(async () => {
    for await (const { outputs } of predict(new Linear({ in: 4, out: 2 }), batches))
      expect(outputs.shape).toEqual([2, 2]);
  }).rejects.toThrow('predict() got a batch that overwrites the previous one');
});
test('afterStep can await the loss of its step, and the total includes it', async () => {
  const model = network();
  const optimizer = new Optimizer(model, sgd({ learningRate: 0.1 }));
  const losses: number[] = [];
  const totals: number[] = [];
  const { log } = await fit({
    model,
    loss: crossEntropy(),
    optimizer,
    data: loader(),
    epochs: 1,
    callbacks: [
      {
        name: 'losses',
        async afterStep({ loss, totalLoss }) {
          losses.push(await loss);
          totals.push(await totalLoss);
        },
      },
    ],
  });
  expect(losses.length).toBe(3);
  expect(totals).toEqual(losses.map((_, i) => losses.slice(0, i + 1).reduce((sum, loss) => sum + 8 * loss, 0)));
  expect(log[0]!.loss).toBe(totals[2]! / 24);
});
test.each([0, 1, 2])('a NaN loss is reported with its step, %d, even if a later step fails', async (bad) => {
  const model = new Linear({ in: 2, out: 2 }).initialize(1);
  const optimizer = new Optimizer(model, sgd({ learningRate: 0.1 }));
  const data = Array.from({ length: 4 }, (_, step) => ({
    inputs: Float32Array.of(step === bad ? Number.NaN : 1, 1),
    shape: [1, step > bad ? 3 : 2], // and the next batch has the wrong shape
    labels: Int32Array.of(0),
    indices: [0],
  }));
  const seen: number[] = [];
  const noted = { name: 'note', afterFit: ({ step }: { step: number }) => void seen.push(step) };
  await expect(fit({ model, loss: crossEntropy(), optimizer, data, epochs: 1, callbacks: [noted] })).rejects.toThrow(
    `The loss became NaN at step ${bad} (epoch 1).`,
  );
  expect(seen).toEqual([bad + 1]);
  await expect(readAll([model.weight.value])).resolves.toHaveLength(1);
});
