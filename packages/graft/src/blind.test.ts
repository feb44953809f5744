import { readFileSync } from 'node:fs';
import {
  bestCheckpoint,
  checkpoint,
  csvLog,
  earlyStopping,
  jsonLinesLog,
  overfittingMonitor,
  progress,
  reduceOnPlateau,
  resumeLatest,
  timeLimit,
  trainingMonitor,
  weightAverage,
} from '@graft/callbacks';
import { arrayDataset, type Batch, type Labelled, Loader, memoryFeatureStore } from '@graft/data';
import {
  BatchNorm2d,
  checkNumerics,
  Conv2d,
  crossEntropy,
  decodeSafetensors,
  dice,
  Dropout,
  encodeSafetensors,
  Flatten,
  focal,
  GlobalAvgPool,
  Linear,
  loadWeights,
  Module,
  multiMargin,
  onHost,
  ReLU,
  Sequential,
  TrainingRun,
  weightsOf,
} from '@graft/layers';
import { exportOnnx, importOnnx, OnnxModel, quantizeOnnx } from '@graft/onnx';
import { buildModel, floats, longs, type ModelSketch } from '@graft/onnx/suite';
import { adamW, Optimizer } from '@graft/optimizers';
import { memoryStorage } from '@graft/storage';
import {
  type AnyBackend,
  type HostArray,
  js,
  log,
  optimize,
  Random,
  readAll,
  scope,
  type Tensor,
  tensor,
  toNumbers,
  trace,
} from '@graft/tensor';
import { createBlindBackend, expectClose } from '@graft/tensor/testing';
import { tensorBoard } from '@graft/tensorboard';
import { accuracy, evaluate, findLearningRate, fit, type FitResult, predict } from '@graft/train';
import {
  changedSince,
  extractFeatures,
  frozenDigests,
  lora,
  pseudoLabels,
  TransferModel,
  trainHead,
  trainUnfrozen,
} from '@graft/transfer';
import { describe, expect, test } from 'vitest';

// Everything must work on a backend whose memory the host cannot read, with the same results as on the host.

const blind = createBlindBackend();
const noises = new Random(4);
const pictures = Array.from({ length: 24 }, (_, i): Labelled<Float32Array> => ({
  input: Float32Array.from({ length: 192 }, (_unused, at) => Math.sin(at * (i % 2 ? 0.3 : 1.1)) + noises.normal()),
  label: i % 2,
}));
const loader = (shuffle = true): Loader<Labelled<Float32Array>, Labelled<Float32Array>, Batch> =>
  new Loader(arrayDataset(pictures), {
    batchSize: 8,
    shuffle,
    seed: 1,
    collate: (samples, indices) => ({
      inputs: Float32Array.from(samples.flatMap(({ input }) => [...input])),
      shape: [samples.length, 3, 8, 8],
      labels: Int32Array.from(samples, ({ label }) => label),
      indices,
    }),
  });
const backbone = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 3, out: 6, kernel: 3, bias: false }),
    new BatchNorm2d({ features: 6 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
  );
const network = (): Sequential =>
  new Sequential(backbone(), new Dropout({ probability: 0.1 }), new Linear({ in: 6, out: 2 })).initialize(3);
const valuesOf = async (x: Tensor): Promise<number[]> => toNumbers(await x.array(), x.dtype);
const outputOf = (model: Module, { data, shape }: HostArray, backend: AnyBackend): Promise<number[]> =>
  valuesOf(scope(() => model.forward(tensor(data, { shape, backend }))));
const waves = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(0.7 * i + 0.3));
const image: HostArray = { data: waves(384), shape: [2, 3, 8, 8], dtype: 'float32' };

/** A run with every standard callback. */
async function run(
  backend: AnyBackend,
  { epochs = 3, stopAt, storage = memoryStorage() }: { epochs?: number; stopAt?: number; storage?: MemoryStorage } = {},
): Promise<{ model: Sequential; result: FitResult; storage: MemoryStorage; reports: string[]; state: unknown }> {
  const model = await network().to(backend);
  const [optimizer, data] = [new Optimizer(model, adamW({ learningRate: 0.02 })), loader()];
  const reports: string[] = [];
  const callbacks = [
    progress({ stream: { write: () => {} } }),
    weightAverage({ decay: 0.5, keep: false }),
    earlyStopping({ patience: 9 }),
    reduceOnPlateau({ patience: 0, factor: 0.5 }),
    trainingMonitor({ every: 2, report: ({ layers }) => reports.push(`${layers.length} layers`) }),
    overfittingMonitor(),
    timeLimit({ minutes: 60 }),
    csvLog({ storage }),
    jsonLinesLog({ storage }),
    tensorBoard({ storage, steps: 1, now: () => 0 }),
    bestCheckpoint({ storage, folder: 'best' }),
    {
      name: 'stop',
      afterStep: ({ step, stop }: { step: number; stop(reason: string): void }) => {
        if (step === stopAt) stop('enough');
      },
    },
    checkpoint({ storage, everySteps: 2 }),
  ];
  const resume = await resumeLatest(storage, 'checkpoints', { model, optimizer, data, callbacks });
  const result = await fit({
    model,
    loss: crossEntropy(),
    optimizer,
    data,
    epochs,
    validation: loader(false),
    metrics: [accuracy()],
    callbacks,
    onWarning: () => {},
    resume,
  });
  return { model, result, storage, reports, state: await optimizer.state() };
}
type MemoryStorage = ReturnType<typeof memoryStorage>;

describe('training', () => {
  test('fit with validation, metrics and every callback logs the same as on the host', async () => {
    const [here, there] = [await run(js), await run(blind)];
    expect(there.result.log.length).toBe(3);
    for (const [i, row] of there.result.log.entries())
      for (const [name, value] of Object.entries(row)) expectClose([value], [here.result.log[i]![name]!], 1e-3, name);
    expect(there.reports).toEqual(here.reports);
    expect(there.reports[0]).toMatch(/^\d+ layers$/);
    expect(await there.storage.list('best')).toContain('state.json');
    const logged = new TextDecoder().decode(await there.storage.read('log.csv'));
    expect(logged).toContain('validationAccuracy');
  });
  test('a resumed run is bit-identical to an uninterrupted one', async () => {
    const whole = await run(blind, { epochs: 3 });
    const { storage } = await run(blind, { epochs: 3, stopAt: 4 });
    const resumed = await run(blind, { epochs: 3, storage });
    expect(resumed.result).toEqual(whole.result);
    expect(await weightsOf(resumed.model)).toEqual(await weightsOf(whole.model));
    expect(resumed.state).toEqual(whole.state);
  });
  test('evaluate, predict, pseudoLabels and findLearningRate', async () => {
    const [here, there] = [network(), await network().to(blind)];
    const options = { loss: crossEntropy(), metrics: [accuracy()] };
    const [wanted, got] = [await evaluate(here, loader(), options), await evaluate(there, loader(), options)];
    expect(got['accuracy']).toBe(wanted['accuracy']);
    expect(got['loss']).toBeCloseTo(wanted['loss']!, 5);
    const outputs: Float32Array[][] = [[], []];
    for (const [k, model] of [here, there].entries())
      for await (const { outputs: one } of predict(model, loader(false))) outputs[k]!.push(one.values);
    expect(outputs[1]!.length).toBe(3);
    for (const [i, values] of outputs[1]!.entries()) expectClose(values, outputs[0]![i]!, 1e-5);
    expect((await pseudoLabels(there, loader(false), { confidence: 0 })).length).toBe(24);
    const before = await weightsOf(there);
    const find = (model: Module): ReturnType<typeof findLearningRate> =>
      findLearningRate({
        model,
        loss: crossEntropy(),
        data: loader(),
        steps: 20,
        optimizer: (learningRate) => new Optimizer(model, adamW({ learningRate })),
      });
    expect((await find(there)).curve.length).toBe((await find(here)).curve.length);
    expect(await weightsOf(there)).toEqual(before);
  });
  test('trains a head on frozen features, then the whole network; frozen parameters stay bit-identical', async () => {
    const model = await new TransferModel(backbone(), new Linear({ in: 6, out: 2 })).initialize(2).to(blind);
    const digests = await frozenDigests(model.freeze((path) => path.startsWith('backbone')));
    const head = await trainHead(model, loader(), { epochs: 20, learningRate: 0.05, validation: loader(false) });
    expect(await changedSince(model, digests)).toEqual([]);
    expect(head.at(-1)!['loss']).toBeLessThan(head[0]!['loss']!);
    const all = await trainUnfrozen(model, loader(), { epochs: 3, validation: loader(false), metrics: [accuracy()] });
    expect(all.at(-1)!['loss']).toBeLessThan(head[0]!['loss']!);
    expect((await changedSince(model, digests)).length).toBeGreaterThan(0);
    const store = memoryFeatureStore();
    const first = await extractFeatures(model.backbone, loader(false), { store });
    expect(first.size).toBe(6);
    expect(await extractFeatures(model.backbone, loader(false), { store })).toEqual(first);
  });
  test('adapters are trained, merged and exported', async () => {
    const adapted = lora(await network().to(blind), { rank: 1 });
    const optimizer = new Optimizer(adapted, adamW({ learningRate: 0.05 }));
    const { log } = await fit({ model: adapted, loss: crossEntropy(), optimizer, data: loader(), epochs: 3 });
    expect(log.at(-1)!.loss).toBeLessThan(log[0]!.loss!);
    const wanted = await outputOf(adapted, image, blind);
    const unmerged = importOnnx(await exportOnnx(adapted, { inputShape: [3, 8, 8] }));
    for (const [model, backend] of [
      [unmerged, js],
      [adapted.merge(), blind],
    ] as const)
      expectClose(await outputOf(model, image, backend), wanted, 1e-4);
  });
});

describe('weights', () => {
  test('are moved to the device and back, to files, and between models', async () => {
    const model = network();
    const before = await weightsOf(model);
    await model.to(blind);
    const { reads } = blind;
    expect(await weightsOf(model)).toEqual(before);
    expect(blind.reads).toBe(reads + 1); // all in one transfer
    const [other, file] = [await network().initialize(9).to(blind), encodeSafetensors(await weightsOf(model))];
    loadWeights(other, decodeSafetensors(file).tensors);
    expect(await weightsOf(other)).toEqual(before);
    await model.to(js);
    expect(await weightsOf(model)).toEqual(before);
    expect([...model.parameters()].every(([, { value }]) => value.backend === js)).toBe(true);
  });
  test('a clone has the same weights, and training it does not change the original', async () => {
    const model = await network().to(blind);
    const before = await weightsOf(model);
    const twin = model.clone();
    expect(await weightsOf(twin)).toEqual(before);
    const optimizer = new Optimizer(twin, adamW({ learningRate: 0.1 }));
    await fit({ model: twin, loss: crossEntropy(), optimizer, data: loader(), epochs: 1 });
    expect(await weightsOf(model)).toEqual(before);
    expect((await weightsOf(twin)).get('2.weight')).not.toEqual(before.get('2.weight'));
    twin.dispose();
    expect(await weightsOf(model)).toEqual(before);
  });
  test('an exported file is identical to that of the host', async () => {
    const model = await network().to(blind);
    const file = await exportOnnx(model, { inputShape: [3, 8, 8] });
    expect(file).toEqual(await exportOnnx(network(), { inputShape: [3, 8, 8] }));
    expect([...model.parameters()].every(([, { value }]) => value.backend === blind)).toBe(true);
    const imported = await importOnnx(file).to(blind);
    expect(await exportOnnx(imported)).toEqual(await exportOnnx(importOnnx(file)));
    const fails = (): never => {
      throw new Error('on purpose');
    };
    await expect(onHost(model, fails)).rejects.toThrow('on purpose');
    expect([...model.parameters()].every(([, { value }]) => value.backend === blind)).toBe(true);
  });
});

describe('errors', () => {
  class Log extends Module {
    override forward(x: Tensor): Tensor {
      return log(x);
    }
  }
  test('the first NaN is named with its op and layer', async () => {
    const model = await new Sequential(new Linear({ in: 2, out: 2 }), new Log(), new ReLU()).initialize(1).to(blind);
    const x = tensor([[1, 2]], { backend: blind });
    await expect(checkNumerics(model, () => model.forward(x))).rejects.toThrow(
      /^(-Infinity|NaN) in the output \[1, 2\] of op "log" in layer "1"; its inputs are \[1, 2\] from .* to .*\.$/,
    );
    const sound = await network().to(blind);
    expectClose(
      await valuesOf(
        await checkNumerics(sound, () => sound.forward(tensor(image.data, { shape: [2, 3, 8, 8], backend: blind }))),
      ),
      await outputOf(network(), image, js),
      1e-5,
    );
  });
  test.each([crossEntropy(), crossEntropy({ ignoreIndex: 255 }), focal(), multiMargin(), dice()])(
    'an invalid class is an error on the host and a NaN loss on the device, loss %#',
    async (loss) => {
      const logits = tensor([0.1, 0.2, 0.3, 0.4], { shape: [2, 2], backend: blind });
      expect(() => loss(logits, tensor(Int32Array.of(0, 5)))).toThrow(
        'Sample 1 of the batch has class 5, but the model has 2 classes',
      );
      // Labels on the device cannot be checked, so the loss is NaN.
      expect(await valuesOf(loss(logits, tensor(Int32Array.of(0, 5), { backend: blind })))).toEqual([Number.NaN]);
      const right = Int32Array.of(0, 1);
      const [there, here] = [loss(logits, tensor(right)), loss(logits, tensor(right, { backend: blind }))];
      expect(await valuesOf(here)).toEqual(await valuesOf(there));
    },
  );
  test('fit throws an error that names the sample or the NaN loss', async () => {
    const model = await new Linear({ in: 2, out: 2 }).initialize(1).to(blind);
    const batch: Batch = { inputs: Float32Array.of(1, 2), shape: [1, 2], labels: Int32Array.of(7), indices: [0] };
    const options = { model, optimizer: new Optimizer(model, adamW({ learningRate: 0.1 })), data: [batch], epochs: 1 };
    await expect(fit({ ...options, loss: crossEntropy() })).rejects.toThrow('Sample 0 of the batch has class 7');
    await expect(
      fit({
        ...options,
        loss: crossEntropy(),
        prepare: ({ inputs, shape, labels }, backend) => ({
          input: tensor(inputs, { shape, backend }),
          target: tensor(labels, { backend }),
        }),
      }),
    ).rejects.toThrow('The loss became NaN at step 0 (epoch 1).');
  });
});

describe('imported networks', () => {
  const folder = new URL('../../onnx/test/networks/', import.meta.url);
  const golden = (
    JSON.parse(readFileSync(new URL('networks.golden.json', folder), 'utf8')) as {
      networks: Record<string, { inputs: Record<string, { shape: number[]; values?: number[] }>; output: number[] }>;
    }
  ).networks;
  const fed = (
    ports: Record<string, { shape: number[]; values?: number[] }>,
    backend: AnyBackend,
  ): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(ports).map(([port, { shape, values }]) => [
        port,
        values
          ? tensor(BigInt64Array.from(values, BigInt), { shape })
          : tensor(
              Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.7 + 0.3)),
              { shape, backend },
            ),
      ]),
    );

  test.each(Object.keys(golden))('%s has the outputs of PyTorch, directly and through evaluate', async (name) => {
    const { inputs, output } = golden[name]!;
    const model = await importOnnx(new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)))).to(blind);
    const own = scope(() => model.call(new Map(Object.entries(fed(inputs, blind)))).get('output')!);
    expectClose(await valuesOf(own), output, 1e-4);
    // evaluate traces the network and folds constants on the device.
    const given = fed(inputs, blind);
    const [first, ...others] = Object.values(given);
    const seen: number[] = [];
    await evaluate(model, [{ labels: Array.from({ length: first!.shape[0]! }, () => 0) }], {
      prepare: (_, backend) => ({ input: others.length ? given : first!, target: tensor([0], { backend }) }),
      metrics: [
        {
          name: 'seen',
          greaterIsBetter: true,
          start: () => ({ add: ({ values }) => void seen.push(...values), result: () => 0 }),
        },
      ],
    });
    expectClose(seen, output, 1e-4);
  });

  const constant = (shape: number[], values: number[]): HostArray => floats(shape, values);
  test('an activation written as arithmetic is recognised, as on the host', async () => {
    const bytes = buildModel({
      inputs: { x: { shape: [2, 3] } },
      constants: { three: constant([], [3]), six: constant([], [6]), zero: constant([], [0]) },
      outputs: ['y'],
      nodes: [
        ['Add', ['x', 'three'], ['more']],
        ['Clip', ['more', 'zero', 'six'], ['gate']],
        ['Mul', ['x', 'gate'], ['gated']],
        ['Div', ['gated', 'six'], ['y']],
      ],
      opset: 13,
    });
    for (const backend of [js, blind]) {
      const model = await importOnnx(bytes).to(backend);
      const graph = trace((x) => model.forward(x), [{ shape: [2, 3], dtype: 'float32' }]);
      expect(optimize(graph, backend).calls.map(({ op }) => op.name)).toEqual(['hardSwish']);
    }
  });
  const withHostInputs: readonly (readonly [name: string, sketch: ModelSketch, shape: number[]])[] = [
    [
      'the scales of Resize',
      {
        inputs: { x: { shape: [1, 1, 2, 2] } },
        constants: { scales: constant([4], [1, 1, 2, 2]) },
        outputs: ['y'],
        nodes: [['Resize', ['x', '', 'scales'], ['y']]],
        opset: 13,
      },
      [1, 1, 2, 2],
    ],
    [
      'the value of Pad, which is also an operand of Add',
      {
        inputs: { x: { shape: [2] } },
        constants: { pads: longs([1, 1]), value: constant([], [5]) },
        outputs: ['y'],
        nodes: [
          ['Add', ['x', 'value'], ['more']],
          ['Pad', ['more', 'pads', 'value'], ['y']],
        ],
        opset: 13,
      },
      [2],
    ],
    [
      'the bounds of Clip',
      {
        inputs: { x: { shape: [4] } },
        constants: { low: constant([], [-0.25]), high: constant([], [0.5]) },
        outputs: ['y'],
        nodes: [['Clip', ['x', 'low', 'high'], ['y']]],
        opset: 13,
      },
      [4],
    ],
    [
      'Range of floats',
      {
        inputs: { x: { shape: [3] } },
        constants: { start: constant([], [1]), limit: constant([], [4]), delta: constant([], [1]) },
        outputs: ['y'],
        nodes: [
          ['Range', ['start', 'limit', 'delta'], ['steps']],
          ['Mul', ['x', 'steps'], ['y']],
        ],
        opset: 13,
      },
      [3],
    ],
    [
      'the values of OneHot',
      {
        inputs: { x: { shape: [2, 3] } },
        constants: { classes: longs([2, 0]), depth: longs([3], []), values: constant([2], [-1, 4]) },
        outputs: ['y'],
        nodes: [
          ['OneHot', ['classes', 'depth', 'values'], ['hot']],
          ['Mul', ['x', 'hot'], ['y']],
        ],
        opset: 13,
      },
      [2, 3],
    ],
    [
      'the regions of RoiAlign',
      {
        inputs: { x: { shape: [1, 2, 6, 6] } },
        constants: { rois: constant([1, 4], [0, 0, 4, 5]), batches: longs([0]) },
        outputs: ['y'],
        nodes: [['RoiAlign', ['x', 'rois', 'batches'], ['y'], { output_height: 2, output_width: 2 }]],
        opset: 16,
      },
      [1, 2, 6, 6],
    ],
    [
      'the ratio of Dropout',
      {
        inputs: { x: { shape: [64] } },
        constants: { ratio: constant([], [0.4]) },
        outputs: ['y'],
        nodes: [['Dropout', ['x', 'ratio'], ['y']]],
        opset: 13,
      },
      [64],
    ],
    [
      'the indices of MaxPool',
      {
        inputs: { x: { shape: [1, 1, 4, 4] } },
        outputs: ['y', 'indices'],
        nodes: [['MaxPool', ['x'], ['y', 'indices'], { kernel_shape: [2, 2], strides: [2, 2] }]],
        opset: 13,
      },
      [1, 1, 4, 4],
    ],
  ];
  test.each(withHostInputs)('%s: parameters of operators stay on the host', async (_, sketch, shape) => {
    const bytes = buildModel(sketch);
    const x = waves(shape.reduce((a, b) => a * b, 1));
    const results = async (backend: AnyBackend): Promise<number[][]> => {
      const model = await importOnnx(bytes).to(backend);
      const outputs = scope(() =>
        model.call(new Map([['x', tensor(x, { shape, dtype: 'float32', backend })]]), new TrainingRun(new Random(2))),
      );
      return (await readAll([...outputs.values()])).map(({ data, dtype }) => toNumbers(data, dtype));
    };
    const [here, there] = [await results(js), await results(blind)];
    expect(there.length).toBe(here.length);
    for (const [i, values] of there.entries()) expectClose(values, here[i]!, 1e-5);
  });
  test('an operator that needs computed values throws a clear error', async () => {
    const model = await importOnnx(
      buildModel({ inputs: { x: { shape: [3] } }, outputs: ['y'], nodes: [['NonZero', ['x'], ['y']]], opset: 13 }),
    ).to(blind);
    expect(() => model.call(new Map([['x', tensor([1, 0, 2], { backend: blind })]]))).toThrow(
      /NonZero.*its input depends on values computed on backend "blind" \(float32 \[3\]\), whose memory the host cannot read\. Run this model on/,
    );
  });
  test('quantized networks are calibrated and run', async () => {
    const bytes = await exportOnnx(network(), { inputShape: [3, 8, 8] });
    const options = { calibration: [image] };
    const [here, there] = [
      await quantizeOnnx(bytes, options),
      await quantizeOnnx(bytes, { ...options, backend: blind }),
    ];
    const outputs = async (file: Uint8Array, backend: AnyBackend): Promise<number[]> =>
      outputOf(await importOnnx(file).to(backend), image, backend);
    expect(there.length).toBe(here.length);
    const wanted = await outputs(here, js);
    expectClose(await outputs(here, blind), wanted, 1e-3);
    expectClose(await outputs(there, js), wanted, 0.05);
    expect(importOnnx(there)).toBeInstanceOf(OnnxModel);
  });
});
