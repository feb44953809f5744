import type { FinetuneOptions } from '@graft/finetune';
import { buildModel, floats, longs, type ModelSketch, noise } from '@graft/onnx/testing';
import { type DType, type HostArray, toArray } from '@graft/tensor';

export const weight = (...shape: number[]) => floats(shape, noise(shape.length));
export const sketch = (more: Partial<ModelSketch> & Pick<ModelSketch, 'nodes'>): Uint8Array =>
  buildModel({ inputs: { x: { shape: ['N', 3, 16, 16] } }, outputs: ['y'], opset: 17, ...more });

/** A convolution, and what makes features of its map. */
export const filters = (channels = 3) => ({ w: weight(12, channels, 3, 3), fc: weight(12, 5) });
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
/** Filters in 8 bits, each with a scale of its own. */
const quantisedFilters = (): Record<string, HostArray> => ({
  w2: bytes(12, 12, 3, 3),
  w2z: { shape: [12], dtype: 'int8', data: new Int8Array(12) },
  w2s: floats([12], (i) => 0.002 + i / 10_000),
});
/** The scale and zero point of activations. */
const quantisation: Readonly<Record<string, HostArray>> = {
  qs: floats([], () => 0.03),
  qz: { shape: [], dtype: 'uint8', data: Uint8Array.of(128) },
};
export const convolved = (from = 'x'): NonNullable<ModelSketch['nodes']> => [
  ['Conv', [from, 'w'], ['c'], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['Relu', ['c'], ['r']],
];
export const classified: NonNullable<ModelSketch['nodes']> = [
  ['GlobalAveragePool', ['r'], ['p']],
  ['Flatten', ['p'], ['f']],
  ['MatMul', ['f', 'fc'], ['y']],
];
const toChannelsFirst: NonNullable<ModelSketch['nodes']>[number] = ['Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }];

/** Networks of every kind: what the file takes, and what the exported one must take. */
export const kinds: Readonly<
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
          ...quantisedFilters(),
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
          ...quantisedFilters(),
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
