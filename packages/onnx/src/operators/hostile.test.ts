import { bytesOf, full, observe } from '@graft/tensor';
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
