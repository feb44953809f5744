import { finetune, openRun, type FinetuneOptions } from '@graft/finetune';
import { dequantizeOnnx, importOnnx, readModel } from '@graft/onnx';
import { floats, longs, type ModelSketch, noise } from '@graft/onnx/testing';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { Random, tensor, toArray } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import { runNamedInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
import { colourFiles } from '../../../tools/testing/colour-files.mjs';
import { classified, convolved, filters, kinds, sketch, weight } from '../test/image-network-kinds.ts';
import { createGraft } from './node/index.ts';

let files: File[];
let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [] });
  files = await colourFiles({ count: 6 });
});
afterAll(() => app.dispose());

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
    'No layer of "the model" up to the cut can be trained: the weights of 1 of its 2 layers are integers, and 1 float tensor of weights lies before values that are rounded. Set the option dequantize to train them as floats, or omit the option unfreeze.',
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
    const { scores, warnings, summary } = await finetune(
      { model, data: files, epochs: 30, batch: 4, learningRate: 0.05, views: 1, reject: 0.2 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    expect(summary.rejection).toMatchObject({ share: 0.2 });
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
      const { after, calibrated } = await run.quantize(files);
      expect([after.score, calibrated]).toEqual([1, files.length - after.samples]);
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
    /^"the model" could be cut at "r", but that keeps only \d+ % of the weights before its head, because the rest cannot be run \(.*"strange".*\)\. Confirm it with the option cut set to "r", or choose another one that graft inspect lists\.$/,
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
