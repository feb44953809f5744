import { createWasmBackend } from '@graft/backend-wasm';
import { bytesOf, full, observe, sum, tensor, valueAndGrad } from '@graft/tensor';
import { expect, test } from 'vitest';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats, longs, type ModelSketch } from '../testing/index.ts';

type Sketch = Pick<ModelSketch, 'nodes' | 'constants'>;
const huge = 1e6;
test.each<[string, readonly number[], Sketch]>([
  [
    'a window without end',
    [1, 1, 8, 8],
    { nodes: [['MaxPool', ['x'], ['y'], { kernel_shape: [16000, 16000], pads: [16000, 16000, 16000, 16000] }]] },
  ],
  [
    'padding',
    [1, 1, 8, 8],
    { nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [2, 2], pads: [huge, huge, huge, huge] }]] },
  ],
  [
    'padding of a volume',
    [1, 1, 4, 4, 4],
    {
      constants: { w: floats([1, 1, 2, 2, 2], () => 1) },
      nodes: [['Conv', ['x', 'w'], ['y'], { pads: Array<number>(6).fill(huge) }]],
    },
  ],
  [
    'strides of a transposed convolution',
    [1, 1, 4, 4],
    {
      constants: { w: floats([1, 1, 2, 2], () => 1) },
      nodes: [['ConvTranspose', ['x', 'w'], ['y'], { strides: [huge, huge] }]],
    },
  ],
  [
    'strides of a transposed convolution along one axis',
    [1, 1, 8, 8],
    {
      constants: { w: floats([1, 1, 2, 2], () => 1) },
      nodes: [['ConvTranspose', ['x', 'w'], ['y'], { strides: [1_000_000, 2] }]],
    },
  ],
  [
    'a region of interest',
    [1, 1, 8, 8],
    {
      constants: { r: floats([1, 4], [0, 0, 1e9, 1e9]), b: longs([0]) },
      nodes: [['RoiAlign', ['x', 'r', 'b'], ['y'], { output_height: 2 }]],
    },
  ],
  [
    'a pooled region',
    [1, 1, 8, 8],
    {
      constants: { r: floats([1, 5], [0, 0, 0, 7, 7]) },
      nodes: [['MaxRoiPool', ['x', 'r'], ['y'], { pooled_shape: [huge, huge] }]],
    },
  ],
  [
    'windows of a deformed convolution',
    [1, 1, 4, 4],
    {
      constants: { w: floats([1, 1, 1, 1], () => 1), o: floats([1, 2, 4, 4], () => 0) },
      nodes: [['DeformConv', ['x', 'w', 'o'], ['y'], { kernel_shape: [huge, huge] }]],
    },
  ],
  [
    'a place in a cache',
    [1, 4, 2],
    {
      constants: { u: floats([1, 1, 2], () => 1), p: longs([2 ** 40]) },
      nodes: [['TensorScatter', ['x', 'u', 'p'], ['y']]],
    },
  ],
  [
    'blocks of scales',
    [1, 4],
    {
      constants: { s: floats([1, 4], () => 1) },
      nodes: [
        ['QuantizeLinear', ['x', 's'], ['q'], { block_size: -(2 ** 40) }],
        ['Cast', ['q'], ['y'], { to: 1 }],
      ],
    },
  ],
  ['draws', [1, 8], { nodes: [['Multinomial', ['x'], ['y'], { sample_size: 2 ** 40 }]] }],
  [
    'a hidden state',
    [8, 1, 8],
    {
      constants: { w: floats([1, 1, 8], () => 1), r: floats([1, 1, 1], () => 1) },
      nodes: [['RNN', ['x', 'w', 'r'], ['y'], { hidden_size: 1e12 }]],
    },
  ],
  [
    'a Fourier transform',
    [1, 8, 1],
    { constants: { l: longs([1e9], []) }, nodes: [['DFT', ['x', 'l'], ['y'], { axis: 1 }]] },
  ],
  [
    'a window of samples',
    [1],
    {
      constants: { l: longs([2 ** 40], []) },
      nodes: [
        ['HannWindow', ['l'], ['h']],
        ['Add', ['x', 'h'], ['y']],
      ],
    },
  ],
  ['the greatest elements', [8], { constants: { l: longs([2 ** 40]) }, nodes: [['TopK', ['x', 'l'], ['y', 'i']]] }],
  [
    'skips between words',
    [8],
    {
      nodes: [
        [
          'TfIdfVectorizer',
          ['x'],
          ['y'],
          {
            mode: 'TF',
            min_gram_length: 1,
            max_gram_length: 2 ** 40,
            max_skip_count: 2 ** 40,
            ngram_counts: [-(2 ** 40)],
            ngram_indexes: [0],
            pool_int64s: [1],
          },
        ],
      ],
    },
  ],
])('%s that would take hours or gigabytes is rejected immediately, with the node', (_, shape, sketch) => {
  const model = importOnnx(buildModel({ inputs: { x: { shape } }, outputs: ['y'], opset: 24, ...sketch }));
  const inputs = [['x', full(shape, 1)] as const].slice(0, model.inputs.length);
  let [bytes, ops] = [0, 0];
  const count = (): void =>
    void observe(
      () => model.call(new Map(inputs)),
      ({ output }) => {
        ops++;
        bytes += output.size * bytesOf(output.dtype);
      },
    );
  expect(count).toThrow(/^Node "\w+" \(\w+\): \w+/);
  // Counts are the same on every machine. A loop outside of ops ends in the time limit of tests.
  expect(bytes).toBeLessThan(2 ** 16);
  expect(ops).toBeLessThan(100);
});

test.each<[string, Record<string, number[] | number>]>([
  ['Conv', {}],
  ['MaxPool', { kernel_shape: [2, 2] }],
  ['MaxPool', { kernel_shape: [2, 2], ceil_mode: 1 }],
  ['AveragePool', { kernel_shape: [2, 2], ceil_mode: 1, pads: [1, 1, 1, 1] }],
  ['LpPool', { kernel_shape: [2, 2] }],
])('strides longer than the image give the windows of strides as long: %s %o', async (op, attributes) => {
  const backend = await createWasmBackend({ threads: 1 });
  const run = async (strides: number[]): Promise<unknown[]> => {
    const bytes = buildModel({
      inputs: { image: { shape: [1, 2, 5, 5] } },
      outputs: ['y'],
      constants: { first: floats([2, 2, 1, 1], (i) => i - 1), w: floats([3, 2, 2, 2], (i) => Math.sin(i)) },
      nodes: [
        ['Conv', ['image', 'first'], ['x']],
        [op, op === 'Conv' ? ['x', 'w'] : ['x'], ['y'], { ...attributes, strides }],
      ],
    });
    const model = await importOnnx(bytes).to(backend);
    const image = tensor(
      Float32Array.from({ length: 50 }, (_, i) => Math.cos(i)),
      { shape: [1, 2, 5, 5], backend },
    );
    const { value, grads } = valueAndGrad(
      () => sum(model.call(new Map([['image', image]])).get('y')!),
      [...model.parameters()].map(([, parameter]) => parameter),
    );
    return [model.shapes().get('y'), value.item(), ...grads.map((grad) => grad.numbers())];
  };
  const expected = await run([7, 7]);
  expect(await run([2 ** 31 - 1, 7])).toEqual(expected);
  expect(await run([1e9, 2 ** 40])).toEqual(expected);
});

test.each([{ output_shape: [10] }, { output_shape: [10, -3] }, { output_padding: [1] }])(
  'a transposed convolution with %o is refused',
  (attributes) => {
    const bytes = buildModel({
      inputs: { x: { shape: [1, 1, 3, 3] } },
      outputs: ['y'],
      constants: { w: floats([1, 1, 3, 3], () => 1) },
      nodes: [['ConvTranspose', ['x', 'w'], ['y'], { strides: [3, 2], ...attributes }]],
    });
    expect(() => importOnnx(bytes).forward(full([1, 1, 3, 3], 1))).toThrow(/must be 2 integers of at least/);
  },
);

test('empty tensors of endless length are refused', () => {
  const bytes = buildModel({
    inputs: { x: { shape: [3, 0] } },
    outputs: ['y'],
    nodes: Array.from({ length: 60 }, (_, i) => [
      'Concat',
      i ? [`v${i}`, `v${i}`] : ['x', 'x'],
      [i === 59 ? 'y' : `v${i + 1}`],
      { axis: 0 },
    ]),
  });
  expect(() => importOnnx(bytes).forward(full([3, 0], 1))).toThrow(/dimension above 2\^53/);
});

test.each<[string, number[], Sketch, RegExp]>([
  [
    'TopK of no number',
    [2, 2],
    { constants: { k: longs([]) }, nodes: [['TopK', ['x', 'k'], ['y', 'z']]] },
    /its k must be one number, but has the shape \[0\]/,
  ],
  [
    'CumSum of two axes',
    [2, 2],
    { constants: { k: longs([0, 1]) }, nodes: [['CumSum', ['x', 'k'], ['y']]] },
    /its axis must be one number, but has the shape \[2\]/,
  ],
  [
    'RoiAlign of a sequence',
    [1, 4, 4],
    { constants: { r: floats([1, 4], [0, 0, 2, 2]), b: longs([0]) }, nodes: [['RoiAlign', ['x', 'r', 'b'], ['y']]] },
    /its input must be \[batch, channels, height, width\], but has the shape \[1, 4, 4\]/,
  ],
])('%s is refused in a sentence', (_, shape, sketch, message) => {
  const bytes = buildModel({ inputs: { x: { shape } }, outputs: ['y'], opset: 17, ...sketch });
  expect(() => importOnnx(bytes).forward(full(shape, 1))).toThrow(message);
});
