import { finetune, openRun, type FinetuneOptions } from '@graft/finetune';
import { dequantizeOnnx, importOnnx, readModel } from '@graft/onnx';
import { buildModel, floats, longs, type ModelSketch, noise } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { type DType, type HostArray, Random, tensor, toArray } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import { runNamedInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { createGraft } from './node/index.ts';

let files: File[];
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 6 });
});
afterAll(() => app.dispose());

const weight = (...shape: number[]) => floats(shape, noise(shape.length));
const sketch = (more: Partial<ModelSketch> & Pick<ModelSketch, 'nodes'>): Uint8Array =>
  buildModel({ inputs: { x: { shape: ['N', 3, 16, 16] } }, outputs: ['y'], opset: 17, ...more });

/** A convolution, and what makes features of its map. */
const filters = (channels = 3) => ({ w: weight(12, channels, 3, 3), fc: weight(12, 5) });
/** The same constants as float16. */
const halves = (constants: Readonly<Record<string, HostArray>>): Record<string, HostArray> =>
  Object.fromEntries(
    Object.entries(constants).map(([name, { shape, data }]) => [
      name,
      { shape, dtype: 'float16', data: toArray(data as Float32Array, 'float16') },
    ]),
  );
/** Integers of the whole range. */
const bytes = (...shape: number[]): HostArray => ({
  shape,
  dtype: 'int8',
  data: Int8Array.from(weight(...shape).data as Float32Array, (one) => Math.round(127 * one)),
});
/** The scale and zero point of activations. */
const quantisation: Readonly<Record<string, HostArray>> = {
  qs: floats([], () => 0.03),
  qz: { shape: [], dtype: 'uint8', data: Uint8Array.of(128) },
};
const convolved = (from = 'x'): NonNullable<ModelSketch['nodes']> => [
  ['Conv', [from, 'w'], ['c'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['Relu', ['c'], ['r']],
];
const classified: NonNullable<ModelSketch['nodes']> = [
  ['GlobalAveragePool', ['r'], ['p']],
  ['Flatten', ['p'], ['f']],
  ['MatMul', ['f', 'fc'], ['y']],
];
const toChannelsFirst: NonNullable<ModelSketch['nodes']>[number] = ['Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }];

/** Networks of every kind: what the file takes, and what the exported one must take. */
const kinds: Readonly<
  Record<
    string,
    {
      readonly model: () => Uint8Array;
      readonly input: readonly (string | number)[];
      readonly dtype?: DType;
      /** Largest relative difference from onnxruntime; default 1e-4. */
      readonly tolerance?: number;
      readonly options?: Partial<FinetuneOptions>;
    }
  >
> = {
  'channels first': {
    model: () => sketch({ constants: filters(), nodes: [...convolved(), ...classified] }),
    input: [3, 16, 16],
  },
  'channels last': {
    model: () =>
      sketch({
        inputs: { x: { shape: ['N', 16, 16, 3] } },
        constants: filters(),
        nodes: [toChannelsFirst, ...convolved('t'), ...classified],
      }),
    input: [16, 16, 3],
  },
  'channels last, of any size': {
    model: () =>
      sketch({
        inputs: { x: { shape: ['N', 'high', 'wide', 3] } },
        constants: filters(),
        nodes: [toChannelsFirst, ...convolved('t'), ...classified],
      }),
    input: ['high', 'wide', 3],
    options: { size: 24 },
  },
  'bytes that the graph scales': {
    model: () =>
      sketch({
        inputs: { x: { dtype: 'uint8', shape: ['N', 3, 16, 16] } },
        constants: { ...filters(), unit: floats([], () => 1 / 255) },
        nodes: [['Cast', ['x'], ['f32'], { to: 1 }], ['Mul', ['f32', 'unit'], ['s']], ...convolved('s'), ...classified],
      }),
    input: [3, 16, 16],
    dtype: 'uint8',
  },
  'values from 0 to 255 that the graph normalises': {
    model: () =>
      sketch({
        constants: { ...filters(), half: floats([], () => 127.5), one: floats([], () => 1) },
        nodes: [['Div', ['x', 'half'], ['d']], ['Sub', ['d', 'one'], ['s']], ...convolved('s'), ...classified],
      }),
    input: [3, 16, 16],
  },
  oblong: {
    model: () =>
      sketch({
        inputs: { x: { shape: ['N', 3, 32, 16] } },
        constants: filters(),
        nodes: [...convolved(), ...classified],
      }),
    input: [3, 32, 16],
  },
  'with opacity': {
    model: () =>
      sketch({
        inputs: { x: { shape: ['N', 4, 16, 16] } },
        constants: filters(4),
        nodes: [...convolved(), ...classified],
      }),
    input: [4, 16, 16],
  },
  'a map with the channels last': {
    model: () =>
      sketch({
        constants: { w: weight(12, 3, 3, 3), gamma: floats([12], (i) => 1 + i / 12) },
        nodes: [
          ...convolved(),
          ['Transpose', ['r'], ['last'], { perm: [0, 2, 3, 1] }],
          ['LayerNormalization', ['last', 'gamma'], ['y'], { axis: -1 }],
        ],
      }),
    input: [3, 16, 16],
  },
  'tokens behind a class token, for one image': {
    model: () =>
      sketch({
        inputs: { x: { shape: [1, 3, 16, 16] } },
        constants: {
          patch: weight(12, 3, 8, 8),
          to: longs([1, 12, 4]),
          cls: weight(1, 1, 12),
          v: weight(12, 12),
          gamma: floats([12], () => 1),
        },
        nodes: [
          ['Conv', ['x', 'patch'], ['patches'], { strides: [8, 8] }],
          ['Reshape', ['patches', 'to'], ['t0']],
          ['Transpose', ['t0'], ['t1'], { perm: [0, 2, 1] }],
          ['Concat', ['cls', 't1'], ['h'], { axis: 1 }],
          ['Transpose', ['h'], ['k'], { perm: [0, 2, 1] }],
          ['MatMul', ['h', 'k'], ['s']],
          ['Softmax', ['s'], ['p'], { axis: -1 }],
          ['MatMul', ['h', 'v'], ['hv']],
          ['MatMul', ['p', 'hv'], ['o']],
          ['LayerNormalization', ['o', 'gamma'], ['y'], { axis: -1 }],
        ],
      }),
    input: [3, 16, 16],
  },
  'without a batch axis': {
    model: () =>
      sketch({
        inputs: { x: { shape: [3, 16, 16] } },
        constants: {
          ...filters(),
          half: floats([3, 1, 1], (i) => 0.5 + i / 10),
          first: longs([0]),
          to: longs([1, 12]),
        },
        nodes: [
          ['Sub', ['x', 'half'], ['s']],
          ['Unsqueeze', ['s', 'first'], ['u']],
          ...convolved('u'),
          classified[0]!,
          ['Reshape', ['p', 'to'], ['f']],
          ['MatMul', ['f', 'fc'], ['scores']],
          ['Squeeze', ['scores', 'first'], ['y']],
        ],
      }),
    input: [3, 16, 16],
  },
  'without a batch axis, with the channels last, as bytes': {
    model: () =>
      sketch({
        inputs: { x: { dtype: 'uint8', shape: [16, 16, 3] } },
        constants: { ...filters(), unit: floats([], () => 1 / 255), to: longs([1, 3, 16, 16]) },
        nodes: [
          ['Transpose', ['x'], ['t'], { perm: [2, 0, 1] }],
          ['Cast', ['t'], ['f32'], { to: 1 }],
          ['Mul', ['f32', 'unit'], ['s']],
          ['Reshape', ['s', 'to'], ['u']],
          ...convolved('u'),
          ...classified,
        ],
      }),
    input: [16, 16, 3],
    dtype: 'uint8',
  },
  'with inputs besides its images': {
    model: () =>
      sketch({
        inputs: {
          x: { shape: ['N', 3, 16, 16] },
          'is_training:0': { dtype: 'bool', shape: [] },
          keep_prob: { shape: [] },
          'norm/Sub/y:0': { shape: [1, 3, 1, 1] },
          orig_size: { dtype: 'int64', shape: ['N', 2] },
        },
        constants: { ...filters(), side: floats([], () => 16) },
        nodes: [
          ['Sub', ['x', 'norm/Sub/y:0'], ['s']],
          ...convolved('s'),
          ...classified.slice(0, 2),
          ['Mul', ['f', 'keep_prob'], ['kept']],
          ['Cast', ['orig_size'], ['sizes'], { to: 1 }],
          ['ReduceSum', ['sizes'], ['sum'], { keepdims: 1, axes: [1] }],
          ['Div', ['kept', 'sum'], ['scaled']],
          ['Mul', ['scaled', 'side'], ['back']],
          ['Cast', ['is_training:0'], ['training'], { to: 1 }],
          ['Add', ['back', 'training'], ['g']],
          ['MatMul', ['g', 'fc'], ['y']],
        ],
        opset: 12,
      }),
    input: [3, 16, 16],
    options: { inputs: { 'norm/Sub/y:0': [0.1, 0.2, 0.3] } },
  },
  'a batch of 8': {
    model: () =>
      sketch({
        inputs: { x: { shape: [8, 3, 16, 16] } },
        constants: { ...filters(), groups: longs([8, 3, 4, 8, 8]), whole: longs([8, 12, 8, 8]), flat: longs([8, 12]) },
        nodes: [
          ['Conv', ['x', 'w'], ['c'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
          ['Reshape', ['c', 'groups'], ['g']],
          ['Transpose', ['g'], ['h'], { perm: [0, 2, 1, 3, 4] }],
          ['Reshape', ['h', 'whole'], ['r']],
          ['GlobalAveragePool', ['r'], ['p']],
          ['Reshape', ['p', 'flat'], ['f']],
          ['MatMul', ['f', 'fc'], ['y']],
        ],
      }),
    input: [3, 16, 16],
  },
  'float16 inside': {
    model: () =>
      sketch({
        constants: halves(filters()),
        nodes: [
          ['Cast', ['x'], ['x16'], { to: 10 }],
          ...convolved('x16'),
          ...classified.slice(0, -1),
          ['MatMul', ['f', 'fc'], ['y16']],
          ['Cast', ['y16'], ['y'], { to: 1 }],
        ],
      }),
    input: [3, 16, 16],
    tolerance: 1e-2,
  },
  'float16 with a float32 normalisation between': {
    model: () =>
      sketch({
        constants: { ...halves(filters()), gamma: floats([12], (i) => 1 + i / 12) },
        nodes: [
          ['Cast', ['x'], ['x16'], { to: 10 }],
          ...convolved('x16'),
          ...classified.slice(0, 2),
          ['Cast', ['f'], ['f32'], { to: 1 }],
          ['LayerNormalization', ['f32', 'gamma'], ['n32'], { axis: -1 }],
          ['Cast', ['n32'], ['n'], { to: 10 }],
          ['MatMul', ['n', 'fc'], ['y16']],
          ['Cast', ['y16'], ['y'], { to: 1 }],
        ],
      }),
    input: [3, 16, 16],
    tolerance: 1e-2,
  },
  'float16 throughout, trained as a whole': {
    model: () =>
      sketch({
        inputs: { x: { dtype: 'float16', shape: ['N', 3, 16, 16] } },
        outputs: { y: 'float16' },
        constants: halves(filters()),
        nodes: [...convolved(), ...classified],
      }),
    input: [3, 16, 16],
    dtype: 'float16',
    tolerance: 1e-2,
    options: { unfreeze: 'all' },
  },
  'float16 throughout, for one image': {
    model: () =>
      sketch({
        inputs: { x: { dtype: 'float16', shape: [1, 3, 16, 16] } },
        outputs: { y: 'float16' },
        constants: { ...halves(filters()), to: longs([1, 12]) },
        nodes: [...convolved(), classified[0]!, ['Reshape', ['p', 'to'], ['f']], classified[2]!],
      }),
    input: [3, 16, 16],
    dtype: 'float16',
    tolerance: 1e-2,
  },
  'a dynamically quantised convolution': {
    model: () =>
      sketch({
        constants: {
          ...filters(),
          w2: bytes(12, 12, 3, 3),
          w2z: { shape: [], dtype: 'int8', data: Int8Array.of(0) },
          w2s: floats([], () => 0.002),
        },
        nodes: [
          ...convolved(),
          ['DynamicQuantizeLinear', ['r'], ['q', 'qs', 'qz']],
          ['ConvInteger', ['q', 'w2', 'qz', 'w2z'], ['i'], { pads: [1, 1, 1, 1] }],
          ['Cast', ['i'], ['c32'], { to: 1 }],
          ['Mul', ['qs', 'w2s'], ['scale']],
          ['Mul', ['c32', 'scale'], ['c2']],
          ['GlobalAveragePool', ['c2'], ['p']],
          ...classified.slice(1),
        ],
      }),
    input: [3, 16, 16],
    tolerance: 2e-2,
  },
  'a quantised convolution': {
    model: () =>
      sketch({
        constants: {
          ...filters(),
          ...quantisation,
          w2: bytes(12, 12, 3, 3),
          w2z: { shape: [12], dtype: 'int8', data: new Int8Array(12) },
          w2s: floats([12], (i) => 0.002 + i / 10_000),
          b2: { shape: [12], dtype: 'int32', data: Int32Array.from({ length: 12 }, (_, i) => 100 * i) },
        },
        nodes: [
          ...convolved(),
          ['QuantizeLinear', ['r', 'qs', 'qz'], ['q']],
          ['QLinearConv', ['q', 'qs', 'qz', 'w2', 'w2s', 'w2z', 'qs', 'qz', 'b2'], ['c2q'], { pads: [1, 1, 1, 1] }],
          ['DequantizeLinear', ['c2q', 'qs', 'qz'], ['c2']],
          ['GlobalAveragePool', ['c2'], ['p']],
          ...classified.slice(1),
        ],
      }),
    input: [3, 16, 16],
    tolerance: 2e-2,
  },
  'quantised and dequantised around a convolution': {
    model: () =>
      sketch({
        constants: {
          ...filters(),
          ...quantisation,
          w2: bytes(12, 12, 3, 3),
          w2z: { shape: [12], dtype: 'int8', data: new Int8Array(12) },
          w2s: floats([12], (i) => 0.002 + i / 10_000),
        },
        nodes: [
          ...convolved(),
          ['QuantizeLinear', ['r', 'qs', 'qz'], ['q']],
          ['DequantizeLinear', ['q', 'qs', 'qz'], ['d']],
          ['DequantizeLinear', ['w2', 'w2s', 'w2z'], ['w2d'], { axis: 0 }],
          ['Conv', ['d', 'w2d'], ['c2'], { pads: [1, 1, 1, 1] }],
          ['Relu', ['c2'], ['r2']],
          ['GlobalAveragePool', ['r2'], ['p']],
          ...classified.slice(1),
        ],
      }),
    input: [3, 16, 16],
    tolerance: 2e-2,
  },
  'quantised weights of a float convolution': {
    model: () =>
      sketch({
        constants: { ...filters(), w2: bytes(12, 12, 3, 3), w2s: floats([12], (i) => 0.002 + i / 10_000) },
        nodes: [
          ...convolved(),
          ['DequantizeLinear', ['w2', 'w2s'], ['w2d'], { axis: 0 }],
          ['Conv', ['r', 'w2d'], ['c2'], { pads: [1, 1, 1, 1] }],
          ['GlobalAveragePool', ['c2'], ['p']],
          ...classified.slice(1),
        ],
      }),
    input: [3, 16, 16],
    options: { unfreeze: 'all' },
  },
  'batch norm in training mode': {
    model: () =>
      sketch({
        constants: {
          ...filters(),
          s: floats([12], () => 1),
          b: floats([12], () => 0),
          m: floats([12], noise(8)),
          v: floats([12], (i) => 0.5 + i),
        },
        nodes: [
          ['Conv', ['x', 'w'], ['c'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
          ['BatchNormalization', ['c', 's', 'b', 'm', 'v'], ['n', 'rm', 'rv'], { training_mode: 1 }],
          ['Relu', ['n'], ['r']],
          ...classified,
        ],
      }),
    input: [3, 16, 16],
  },
};

test.each(Object.keys(kinds))(
  '%s: trained, exported for any batch, and the same in onnxruntime',
  { timeout: 60_000 },
  async (kind) => {
    const { model, input, dtype = 'float32', tolerance = 1e-4, options } = kinds[kind]!;
    const storage = memoryStorage();
    const { scores } = await finetune(
      { model: model(), data: files, epochs: 30, batch: 4, learningRate: 0.05, views: 1, ...options },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    const bytes = await storage.read('model.onnx');
    const file = readModel(bytes);
    expect(file.inputs.map(({ shape, ...port }) => [port.dtype, typeof shape![0], ...shape!.slice(1)])).toEqual([
      [dtype, 'string', ...input],
    ]);
    const run = await openRun(storage, { app });
    try {
      const plain = readModel(run.export({ float32: true }));
      expect(plain.inputs[0]!.dtype).toBe(dtype === 'float16' ? 'float32' : dtype);
      expect(plain.metadata.get('preprocessing')).not.toContain('float16');
      if (!kind.startsWith('float16')) expect(run.export({ float32: true })).toBe(run.export());
      const predictions = await run.predict(files.slice(4, 9));
      const feed = await run.modality.restore(run.summary.preprocessing, { card: undefined, file }, run.objective);
      const ready = await Promise.all(
        files.slice(4, 9).map(async (one) => ({
          input: await feed.evaluation(await feed.read(run.modality.inputFrom(one)), new Random(0)),
          label: 0,
        })),
      );
      const batch = feed.collate(ready, [0, 1, 2, 3, 4]);
      const inputs = ArrayBuffer.isView(batch.inputs)
        ? { x: { data: toArray(batch.inputs, dtype), shape: (batch as { shape: readonly number[] }).shape, dtype } }
        : (batch.inputs as Parameters<typeof runNamedInOnnxruntime>[1]);
      const logits = await runNamedInOnnxruntime(bytes, inputs);
      for (const [n, { values }] of predictions.entries()) {
        const powers = Array.from(logits.subarray(3 * n, 3 * n + 3), Math.exp);
        const sum = powers.reduce((a, b) => a + b);
        expect(powers.indexOf(Math.max(...powers))).toBe(values!.indexOf(Math.max(...values!)));
        expect(
          relativeDifference(
            powers.map((one) => one / sum),
            values!,
          ),
        ).toBeLessThan(tolerance);
      }
    } finally {
      await run.dispose();
    }
  },
);

test.each([
  'a dynamically quantised convolution',
  'a quantised convolution',
  'quantised and dequantised around a convolution',
])('%s is trained in floats if it is dequantised', { timeout: 60_000 }, async (kind) => {
  const model = kinds[kind]!.model();
  const storage = memoryStorage();
  await finetune(
    { model, data: files, epochs: 2, batch: 4, views: 1, unfreeze: 'all', dequantize: true },
    { app, storage },
  );
  const bytes = await storage.read('model.onnx');
  const file = readModel(bytes);
  expect(file.nodes.filter(({ opType }) => /Integer|QLinear|[qQ]uantize/.test(opType))).toEqual([]);
  // The dequantised weights have moved, and the layers before them, too.
  const before = dequantizeOnnx({ name: 'before', model });
  const weightsOf = ({ constants }: typeof before) =>
    [...constants.values()].map((one) => one.read()).filter(({ shape }) => shape.length === 4);
  const moved = weightsOf(file).map(({ shape, data }) =>
    weightsOf(before).every(
      (one) => one.shape.join() !== shape.join() || one.data.some((value, i) => value !== data[i]),
    ),
  );
  expect(moved).toEqual([true, true]);
  const run = await openRun(storage, { app });
  try {
    const x = floats([2, 3, 16, 16], noise(4));
    const expected = await runNamedInOnnxruntime(bytes, { x });
    const own = importOnnx(file).forward(tensor(x.data as Float32Array, { shape: x.shape }));
    expect(relativeDifference(expected, (await own.array()) as Float32Array)).toBeLessThan(1e-4);
  } finally {
    await run.dispose();
  }
});

test('layers of integers stay frozen, and say so', async () => {
  const train = (kind: string, events: unknown[] = []) =>
    finetune(
      { model: kinds[kind]!.model(), data: files, epochs: 1, batch: 4, views: 1, unfreeze: 'all' },
      { app, storage: memoryStorage(), events: (event) => void events.push(event) },
    );
  await expect(train('a quantised convolution')).rejects.toThrow(
    'No layer of "the model" up to the cut can be trained: the weights of 1 of its 2 layers are integers, and 1 float tensor of weights lies before values that are rounded. Set dequantize to train them as floats, or omit unfreeze.',
  );
  const events: unknown[] = [];
  await train('quantised weights of a float convolution', events);
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'warning',
      message: expect.stringContaining(
        'Some layers of "the model" stay frozen: the weights of 1 of its 2 layers are integers.',
      ) as string,
    }),
  );
});

test(
  'a network that squeezes its batch away is run one by one, and its file takes one image',
  { timeout: 60_000 },
  async () => {
    const model = sketch({
      inputs: { x: { shape: [1, 3, 16, 16] } },
      constants: { ...filters(), first: longs([0]), back: longs([0]) },
      nodes: [
        ...convolved(),
        ['Squeeze', ['r', 'first'], ['one']],
        ['Unsqueeze', ['one', 'back'], ['again']],
        ['GlobalAveragePool', ['again'], ['p']],
        ['Flatten', ['p'], ['f']],
        ['MatMul', ['f', 'fc'], ['y']],
      ],
    });
    const storage = memoryStorage();
    const { scores, warnings } = await finetune(
      { model, data: files, epochs: 30, batch: 4, learningRate: 0.05, views: 1 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    expect(warnings.map(({ message }) => message).join('\n')).toMatch(
      /only takes batches of 1 \(.*\), so examples are computed one by one, which is slower, and so does the exported model\./,
    );
    const { inputs, metadata } = readModel(await storage.read('model.onnx'));
    expect(inputs[0]!.shape).toEqual([1, 3, 16, 16]);
    expect(metadata.get('batch')).toBe('1');
    const run = await openRun(storage, { app });
    try {
      expect((await run.evaluate(files)).score).toBe(1);
      expect(await run.predict(files.slice(0, 3))).toHaveLength(3);
    } finally {
      await run.dispose();
    }
  },
);

test(
  'a network whose last layers read the size of its input is trained without a map of evidence',
  { timeout: 60_000 },
  async () => {
    const model = sketch({
      constants: { ...filters(), zero: longs([0]), rest: longs([-1]) },
      nodes: [
        ['Shape', ['x'], ['all']],
        ['Gather', ['all', 'zero'], ['count']],
        ['Concat', ['count', 'rest'], ['flatter'], { axis: 0 }],
        ...convolved(),
        ['GlobalAveragePool', ['r'], ['p']],
        ['Reshape', ['p', 'flatter'], ['f']],
        ['Relu', ['f'], ['g']],
        ['MatMul', ['g', 'fc'], ['y']],
      ],
    });
    const storage = memoryStorage();
    const { scores } = await finetune(
      { model, data: files, epochs: 30, batch: 4, learningRate: 0.05, views: 1 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
  },
);

test(
  'one image whose batch axis is added in a way that is not understood is run one by one',
  { timeout: 60_000 },
  async () => {
    const model = sketch({
      inputs: { x: { shape: [3, 16, 16] } },
      constants: { ...filters(), none: longs([0, 0, 0, 0, 0, 0]), first: longs([0]) },
      nodes: [
        ['Pad', ['x', 'none'], ['padded']],
        ['Unsqueeze', ['padded', 'first'], ['u']],
        ...convolved('u'),
        ...classified,
      ],
    });
    const storage = memoryStorage();
    const { scores, warnings } = await finetune(
      { model, data: files, epochs: 30, batch: 4, learningRate: 0.05, views: 1 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    expect(warnings.map(({ message }) => message).join('\n')).toContain('so examples are computed one by one');
    const { inputs, metadata } = readModel(await storage.read('model.onnx'));
    expect(inputs[0]!.shape).toEqual([1, 3, 16, 16]);
    expect(metadata.get('batch')).toBe('1');
  },
);

test.each<[string, ModelSketch['inputs'], FinetuneOptions['inputs'], string | RegExp]>([
  [
    'nothing says the value of an input',
    { x: { shape: ['N', 3, 16, 16] }, gain: { shape: [1] } },
    undefined,
    '"the model" has an input "gain" (float32 [1]) besides its images "x", and nothing specifies its value. Set it: --input gain=<value>, or inputs in code.',
  ],
  [
    'a value has another size',
    { x: { shape: ['N', 3, 16, 16] }, gain: { shape: [1, 3] } },
    { gain: [1, 2] },
    'The input "gain" of "the model" is float32 [1, 3], but was set to 2 values ([1,2]). Set one value, or 3.',
  ],
  [
    'a value has another type',
    { x: { shape: ['N', 3, 16, 16] }, gain: { dtype: 'uint8', shape: [] } },
    { gain: 300 },
    'The input "gain" of "the model" takes uint8 values, but was set to 300. Set integers of this type.',
  ],
  [
    'there is no such input',
    { x: { shape: ['N', 3, 16, 16] }, gain: { shape: [] } },
    { gian: 1 },
    '"the model" has no input "gian" to set. Did you mean "gain"? Its inputs are x, gain.',
  ],
  [
    'the input is huge',
    { x: { shape: ['N', 3, 16, 16] }, gain: { shape: [65_536, 65_536] } },
    { gain: 1 },
    /"gain" of "the model" has 4294967296 elements, but at most 1048576 can be set/,
  ],
  [
    'two inputs may be images',
    { x: { shape: ['N', 3, 16, 16] }, gain: { shape: ['N', 3, 16, 16] } },
    undefined,
    '"the model" has several inputs that may be images ("x" and "gain"). Hold all but one of them at a value: --input gain=<value>, or inputs in code.',
  ],
])('an input besides the images is refused if %s', async (_, inputs, values, message) => {
  const model = sketch({
    inputs,
    constants: filters(),
    nodes: [
      ...convolved(),
      ...classified.slice(0, 2),
      ['Cast', ['gain'], ['g'], { to: 1 }],
      ['ReduceSum', ['g'], ['sum'], { keepdims: 0 }],
      ['Mul', ['f', 'sum'], ['m']],
      ['MatMul', ['m', 'fc'], ['y']],
    ],
  });
  await expect(
    finetune(
      { model, data: files, epochs: 1, modality: 'image', ...(values && { inputs: values }) },
      { app, storage: memoryStorage() },
    ),
  ).rejects.toThrow(message);
});

/** A TIFF whose pages are grey images: one for each channel. */
function pages(side: number, channels: number, valueOf: (channel: number, pixel: number) => number): Uint8Array {
  const [entries, pixels] = [9, side * side];
  const directory = 2 + 12 * entries + 4;
  const file = new DataView(new ArrayBuffer(8 + channels * (directory + pixels)));
  file.setUint32(0, 0x49_49_2a_00);
  file.setUint32(4, 8, true);
  for (let page = 0; page < channels; page++) {
    const at = 8 + page * (directory + pixels);
    const tags = [256, side, 257, side, 258, 8, 259, 1, 262, 1, 273, at + directory, 277, 1, 278, side, 279, pixels];
    file.setUint16(at, entries, true);
    for (let i = 0; i < entries; i++) {
      file.setUint16(at + 2 + 12 * i, tags[2 * i]!, true);
      file.setUint16(at + 4 + 12 * i, 4, true);
      file.setUint32(at + 6 + 12 * i, 1, true);
      file.setUint32(at + 10 + 12 * i, tags[2 * i + 1]!, true);
    }
    file.setUint32(at + directory - 4, page + 1 < channels ? at + directory + pixels : 0, true);
    for (let i = 0; i < pixels; i++) file.setUint8(at + directory + i, valueOf(page, i));
  }
  return new Uint8Array(file.buffer);
}

test.each([2, 5, 12])(
  'a network of %d channels is trained on files with as many, and refuses others',
  { timeout: 60_000 },
  async (channels) => {
    const random = new Random(channels);
    const bright = (name: string, channel: number): number => (channel % 2 === Number(name === 'odd') ? 190 : 60);
    const bands = ['even', 'odd'].flatMap((name) =>
      Array.from(
        { length: 8 },
        (_, i) =>
          new File(
            [pages(18, channels, (channel) => bright(name, channel) + 40 * random.next()) as BlobPart],
            `${name}/${i}.tif`,
          ),
      ),
    );
    const model = sketch({
      inputs: { x: { shape: ['N', channels, 16, 16] } },
      constants: filters(channels),
      nodes: [...convolved(), ...classified],
    });
    const storage = memoryStorage();
    const { scores } = await finetune(
      { model, data: bands, epochs: 30, batch: 4, learningRate: 0.05, views: 2 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    const bytes = await storage.read('model.onnx');
    expect(readModel(bytes).inputs[0]!.shape!.slice(1)).toEqual([channels, 16, 16]);
    const run = await openRun(storage, { app });
    try {
      expect((run.summary.preprocessing as { channels: number }).channels).toBe(channels);
      const [found, other] = await run.predict([bands[0], files[0]!]);
      expect(found!.values![0]).toBeGreaterThan(0.5);
      if (channels > 4) expect(other!.error).toContain(`but ${channels} channels are expected. Pass TIFF files with`);
    } finally {
      await run.dispose();
    }
    if (channels > 4)
      await expect(finetune({ model, data: files, epochs: 1 }, { app, storage: memoryStorage() })).rejects.toThrow(
        new RegExp(`has 1 page of 3 channels, but ${channels} channels are expected`),
      );
  },
);

test('a cut that keeps little of a classifier is said and must be confirmed', { timeout: 60_000 }, async () => {
  const model = sketch({
    constants: { ...filters(), w2: floats([40, 12, 3, 3], noise(5)), fc: weight(40, 5) },
    nodes: [
      ...convolved(),
      ['Rleu', ['r'], ['odd'], {}, 'strange'],
      ['Conv', ['odd', 'w2'], ['c2']],
      ['GlobalAveragePool', ['c2'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['MatMul', ['f', 'fc'], ['y']],
    ],
  });
  const train = (options: Partial<FinetuneOptions>) =>
    finetune(
      { model, data: files, epochs: 20, batch: 4, learningRate: 0.05, views: 1, ...options },
      { app, storage: memoryStorage() },
    );
  await expect(train({})).rejects.toThrow(
    /^"the model" could be cut at "r", but that keeps only \d+ % of the weights before its head, because the rest cannot be run \(.*"strange".*\)\. Confirm this cut with the option cut, --cut r, or choose another one that graft inspect lists\.$/,
  );
  expect((await train({ cut: 'r' })).scores['accuracy']).toBeGreaterThan(0.6);
});

test.each([
  ['points in space', ['N', 1024, 3]],
  ['a batch of points', [32, 1024, 3]],
  ['a spectrogram', [1, 80, 3000]],
] as const)('%s are not an image without a batch axis', async (_, shape) => {
  const model = sketch({
    inputs: { x: { shape: [...shape] } },
    constants: { w: floats([shape[2] as number, 5], noise(2)) },
    nodes: [['MatMul', ['x', 'w'], ['y']]],
  });
  await expect(
    finetune({ model, data: files, epochs: 1, modality: 'image' }, { app, storage: memoryStorage() }),
  ).rejects.toThrow(/in its input "x", which is not (an image|a batch of images)\./);
});
