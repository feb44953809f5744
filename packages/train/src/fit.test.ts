import { arrayDataset, type Batch, type Labelled, Loader, vectorBatch } from '@graft/data';
import { crossEntropy, Dropout, Linear, loadWeights, ReLU, Sequential, weightsOf } from '@graft/layers';
import { adam, Optimizer, scheduleFreeAdamW } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import { Random, tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { expect, test, vi } from 'vitest';
import {
  accuracy,
  type Callback,
  evaluate,
  findLearningRate,
  fit,
  loadCheckpoint,
  predict,
  saveCheckpoint,
  type TrainState,
  trainStep,
  type TrainWarning,
} from './index.ts';

/** Two noisy rings: not linearly separable. */
const rings = (seed: number, count = 128): Labelled<number[]>[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const [angle, radius] = [random.range(0, 2 * Math.PI), (i % 2 ? 2 : 1) + 0.1 * random.normal()];
    return { input: [radius * Math.cos(angle), radius * Math.sin(angle)], label: i % 2 };
  });
};
const loader = (seed = 1) =>
  new Loader(arrayDataset(rings(seed)), { batchSize: 16, collate: vectorBatch(), shuffle: true, seed });
const network = (): Sequential =>
  new Sequential(
    new Linear({ in: 2, out: 32 }),
    new ReLU(),
    new Dropout({ probability: 0.1 }),
    new Linear({ in: 32, out: 2 }),
  ).initialize(3);
const optimizerOf = (model: Sequential): Optimizer =>
  new Optimizer(
    [...model.parameters()].map(([, p]) => p),
    adam({ learningRate: 0.01 }),
  );
const setup = () => {
  const model = network();
  return { model, loss: crossEntropy(), optimizer: optimizerOf(model), data: loader(), metrics: [accuracy()] };
};

test('learns two rings and classifies unseen points', async () => {
  const options = setup();
  const validation = loader(2);
  const { log, stopped } = await fit({ ...options, epochs: 20, validation });
  expect(stopped).toBeUndefined();
  expect(log.length).toBe(20);
  expect(log.at(-1)!['validationAccuracy']).toBe(1);
  expect(log.at(-1)!.loss).toBeLessThan(log[0]!.loss! / 3);
  expect(await evaluate(options.model, validation, { metrics: [accuracy()] })).toEqual({
    accuracy: log.at(-1)!['validationAccuracy'],
  });
});
test('the same seed gives the same bits', async () => {
  const train = async (): Promise<unknown> => {
    const options = setup();
    await fit({ ...options, epochs: 3 });
    return await weightsOf(options.model);
  };
  expect(await train()).toEqual(await train());
});
test('hooks run in order, and a callback can stop the run', async () => {
  const seen: string[] = [];
  const note = (event: string) => (): void => void seen.push(event);
  const callback: Callback = {
    name: 'notes',
    beforeFit: note('fit('),
    afterFit: note(')fit'),
    beforeEpoch: note('epoch('),
    afterEpoch: note(')epoch'),
    beforeStep: note('step('),
    beforeValidation: note('validation('),
    afterValidation: note(')validation'),
    afterStep(state: TrainState) {
      seen.push(')step');
      if (state.step === 2) state.stop('enough');
    },
  };
  const { stopped } = await fit({ ...setup(), epochs: 9, validation: loader(2), callbacks: [callback] });
  expect(stopped).toBe('enough');
  expect(seen.join(' ')).toBe('fit( epoch( step( )step step( )step validation( )validation )epoch )fit');
});
test('a callback sees each validation batch and the outputs that metrics use', async () => {
  const options = setup();
  const validation = new Loader(arrayDataset(rings(2, 40)), { batchSize: 16, collate: vectorBatch() });
  const seen: string[] = [];
  const share: number[] = [];
  let running = accuracy().start();
  const looking: Callback = {
    name: 'looking',
    beforeValidation() {
      seen.push('(');
      running = accuracy().start();
    },
    async afterValidationBatch({ epoch }, outputs, { labels }) {
      await Promise.resolve();
      seen.push(`${epoch} [${outputs.shape.join()}]`);
      expect(Array.from(labels)).toEqual(Array.from({ length: outputs.shape[0]! }, (_, i) => i % 2));
      running.add(outputs, labels);
    },
    afterValidation() {
      seen.push(')');
      share.push(running.result());
    },
  };
  const { log } = await fit({ ...options, epochs: 2, validation, callbacks: [looking] });
  expect(seen.join(' ')).toBe('( 0 [16,2] 0 [16,2] 0 [8,2] ) ( 1 [16,2] 1 [16,2] 1 [8,2] )');
  expect(share).toEqual(log.map(({ validationAccuracy }) => validationAccuracy));
});
test('a callback that throws in a validation batch ends the run, and training weights are restored', async () => {
  const options = setup();
  const optimizer = new Optimizer(
    [...options.model.parameters()].map(([, p]) => p),
    scheduleFreeAdamW({ learningRate: 0.05 }),
  );
  let learning: unknown;
  const failing: Callback = {
    name: 'failing',
    async beforeValidation({ model }) {
      learning = await weightsOf(model);
    },
    afterValidationBatch() {
      throw new Error('on purpose');
    },
  };
  const run = fit({ ...options, optimizer, epochs: 2, validation: loader(2), callbacks: [failing] });
  await expect(run).rejects.toThrow('on purpose');
  expect(await weightsOf(options.model)).toEqual(learning);
});
test('a run frees its tensors', async () => {
  const options = setup();
  await fit({ ...options, epochs: 1 });
  const before = unfreedTensors();
  await fit({ ...options, epochs: 2, validation: loader(2) });
  for await (const { outputs } of predict(options.model, loader(2))) expect(outputs.shape).toEqual([16, 2]);
  expect(unfreedTensors()).toBe(before);
});
test('a NaN loss ends the run and names the step', async () => {
  const poisoned: Batch = {
    inputs: new Float32Array([Number.NaN, 1]),
    shape: [1, 2],
    labels: new Int32Array([0]),
    indices: [0],
  };
  await expect(fit({ ...setup(), data: [poisoned], epochs: 1 })).rejects.toThrow(
    'The loss became NaN at step 0 (epoch 1). Likely causes',
  );
});
test.each<[string, Partial<Batch>, string]>([
  [
    'an empty batch',
    { inputs: new Float32Array(0), shape: [0, 2], labels: new Int32Array(0) },
    'crossEntropy got an empty batch, [0, 2].',
  ],
  [
    'inputs with the wrong number of features',
    { inputs: new Float32Array(3), shape: [1, 3] },
    'Linear "0" expects 2 features, got [1, 3].',
  ],
  [
    'more labels than samples',
    { labels: Int32Array.of(0, 1) },
    'crossEntropy expects logits [batch, classes, ...] and class indices [batch, ...], got [1, 2] and [2].',
  ],
  ['fewer numbers than the shape requires', { inputs: new Float32Array(1) }, '[1, 2]'],
])('rejects %s', async (_, wrong, message) => {
  const batch: Batch = {
    inputs: new Float32Array([1, 1]),
    shape: [1, 2],
    labels: new Int32Array([0]),
    indices: [0],
    ...wrong,
  };
  await expect(fit({ ...setup(), data: [batch], epochs: 1 })).rejects.toThrow(message);
});
test('rejects an invalid number of epochs, and empty data', async () => {
  await expect(fit({ ...setup(), epochs: -1 })).rejects.toThrow(
    'fit expects epochs to be an integer of 0 or more, got -1.',
  );
  await expect(fit({ ...setup(), data: [], epochs: 1 })).rejects.toThrow('fit() got no batches.');
  await expect(evaluate(network(), [])).rejects.toThrow('evaluate() got no samples.');
});
test('evaluates schedule-free optimizers with averaged weights', async () => {
  const options = setup();
  const optimizer = new Optimizer(
    [...options.model.parameters()].map(([, p]) => p),
    scheduleFreeAdamW({ learningRate: 0.05 }),
  );
  const validation = loader(2);
  const { log } = await fit({ ...options, optimizer, validation, epochs: 3 });
  const learning = await weightsOf(options.model);
  const back = optimizer.useEvaluationWeights();
  expect((await evaluate(options.model, validation, { loss: options.loss })).loss).toBeCloseTo(
    log.at(-1)!['validationLoss']!,
    6,
  );
  back();
  expect(await weightsOf(options.model)).toEqual(learning);
  expect((await evaluate(options.model, validation, { loss: options.loss })).loss).not.toBeCloseTo(
    log.at(-1)!['validationLoss']!,
    6,
  );
});
test('rejects a class that the model does not have', async () => {
  const wrong: Batch = { inputs: new Float32Array([1, 1]), shape: [1, 2], labels: new Int32Array([5]), indices: [0] };
  await expect(fit({ ...setup(), data: [wrong], epochs: 1 })).rejects.toThrow(
    'has class 5, but the model has 2 classes',
  );
});

test('a resumed run ends in the same bits', async () => {
  const storage = memoryStorage();
  const whole = setup();
  await fit({ ...whole, epochs: 4 });

  const half = setup();
  await fit({ ...half, epochs: 2 });
  await saveCheckpoint(storage, 'run/checkpoint', {
    model: half.model,
    optimizer: half.optimizer,
    state: { epoch: 2, loader: half.data.state() },
  });

  const resumed = setup();
  const state = await loadCheckpoint(storage, 'run/checkpoint', resumed);
  resumed.data.restore(state['loader'] as never);
  await fit({ ...resumed, epochs: 4, startEpoch: state['epoch'] as number });
  expect(await weightsOf(resumed.model)).toEqual(await weightsOf(whole.model));
});
test('resumes an optimizer whose parameters have no names yet', async () => {
  const [storage, make] = [
    memoryStorage(),
    () => {
      const model = new Linear({ in: 2, out: 2 });
      const optimizer = new Optimizer([model.weight, model.bias!], adam({ learningRate: 0.01 }));
      return { model: model.initialize(1), optimizer };
    },
  ];
  const first = make();
  await fit({ ...first, loss: crossEntropy(), data: loader(), epochs: 1 });
  await saveCheckpoint(storage, 'c', first);
  const second = make();
  await loadCheckpoint(storage, 'c', second);
  expect(await second.optimizer.state()).toEqual(await first.optimizer.state());
});
test('rejects an uninitialised model, but accepts loaded weights', async () => {
  const model = new Sequential(new Linear({ in: 2, out: 4 }), new Linear({ in: 4, out: 2 }));
  const optimizer = new Optimizer(model, adam({ learningRate: 0.01 }));
  const sentence =
    'The parameter "0.weight" was never initialised: layers of the same shape would start with equal weights. Call model.initialize(seed) or load weights before training.';
  const options = { model, optimizer, loss: crossEntropy(), data: loader(), epochs: 1 };
  await expect(fit(options)).rejects.toThrow(sentence);
  await expect(findLearningRate({ ...options, optimizer: () => optimizer })).rejects.toThrow(sentence);
  const input = tensor([[1, 2]]);
  const step = (): void =>
    void trainStep(
      { model, optimizer, loss: crossEntropy(), random: new Random(0) },
      input,
      tensor([0], { dtype: 'int32' }),
    );
  expect(step).toThrow(sentence);
  loadWeights(model, await weightsOf(model.clone().initialize(1)));
  step();
  await fit(options);
});
test('a checkpoint replaces older files; a damaged one is rejected and changes nothing', async () => {
  const storage = memoryStorage();
  const options = setup();
  await saveCheckpoint(storage, 'c', options);
  await fit({ ...options, epochs: 1 });
  await saveCheckpoint(storage, 'c', options);
  const names = await storage.list('c');
  expect(names.length).toBe(3);
  const weights = `c/${names.find((name) => name.includes('weights'))!}`;
  const bytes = await storage.read(weights);
  bytes[300]! ^= 1;
  await storage.write(weights, bytes);
  const before = await weightsOf(options.model);
  await expect(loadCheckpoint(storage, 'c', options)).rejects.toThrow('is damaged: its SHA-256');
  expect(await weightsOf(options.model)).toEqual(before);
  await storage.write(
    'c/state.json',
    new TextEncoder().encode('{"format":1,"steps":0,"files":{"weights":{"name":"../../x"}}}'),
  );
  await expect(loadCheckpoint(storage, 'c', options)).rejects.toThrow('does not name a weights file');
});
test('warnings name their callback, and the console prints each warning once', async () => {
  const model = network();
  const options = { model, optimizer: optimizerOf(model), loss: crossEntropy(), data: loader(), epochs: 2 };
  const callbacks: Callback[] = ['first', 'second'].map((name) => ({
    name,
    beforeFit: ({ warn }) => warn('Starting.'),
    aroundStep(state, step) {
      if (state.stepInEpoch === 0) state.warn(`Step ${state.step}, epoch ${state.epoch}.`);
      return step();
    },
    afterEpoch: ({ warn }) => warn('Continuing.'),
  }));
  const warnings: TrainWarning[] = [];
  await fit({ ...options, callbacks, onWarning: (warning) => warnings.push(warning) });
  expect(warnings.filter(({ source }) => source === 'second')).toEqual([
    { source: 'second', message: 'Starting.', epoch: 1 },
    { source: 'second', message: 'Step 0, epoch 0.', epoch: 1 },
    { source: 'second', message: 'Continuing.', epoch: 1 },
    { source: 'second', message: 'Step 8, epoch 1.', epoch: 2 },
    { source: 'second', message: 'Continuing.', epoch: 2 },
  ]);
  expect(warnings).toHaveLength(10);
  const printed = vi.spyOn(console, 'warn').mockImplementation(() => {});
  await fit({ ...options, callbacks: [{ name: 'third', afterEpoch: ({ warn }) => warn('Continuing.') }] });
  expect(printed.mock.calls).toEqual([['third: Continuing.']]);
  printed.mockRestore();
});
