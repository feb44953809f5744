// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModel, floats, longs, noise, subgraph } from '@graft/onnx/suite';

/** Debian's libonnx-testdata, if installed. */
const suite = '/usr/share/libonnx-testdata/data/node';

/** Small models to damage: networks of this repository, operators of every kind, and cases of the ONNX backend suite if installed. */
export function seeds() {
  const networks = fileURLToPath(new URL('../../packages/onnx/test/networks/', import.meta.url));
  const own = readdirSync(networks)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => readFileSync(join(networks, name)));
  const cases = existsSync(suite)
    ? readdirSync(suite)
        .sort()
        .filter((_, i) => i % 7 === 0)
        .map((name) => readFileSync(join(suite, name, 'model.onnx')))
    : [];
  return [...own, ...sketches(), ...cases].map((bytes) => new Uint8Array(bytes));
}

const image = { x: { shape: ['N', 2, 8, 8] } };
/** Features the networks lack: control flow, functions, recurrence, computed shapes, quantisation. */
function sketches() {
  const flag = { c: { shape: [], dtype: /** @type {const} */ ('bool'), data: Uint8Array.of(1) } };
  return [
    buildModel({
      inputs: { x: { shape: [2, 3] } },
      outputs: ['y', 'rows'],
      constants: { ...flag, n: longs([5], []) },
      nodes: [
        [
          'Loop',
          ['n', 'c', 'x'],
          ['y', 'rows'],
          {
            body: subgraph({
              inputs: { i: { dtype: 'int64', shape: [] }, go: { dtype: 'bool', shape: [] }, s: { shape: [2, 3] } },
              outputs: ['on', 't', 'u'],
              nodes: [
                ['Identity', ['go'], ['on']],
                ['Add', ['s', 'x'], ['t']],
                ['Relu', ['t'], ['u']],
              ],
            }),
          },
        ],
      ],
    }),
    buildModel({
      inputs: { x: { shape: [2, 3] } },
      outputs: ['y'],
      constants: { ...flag, w: floats([3, 3], noise(1)) },
      nodes: [
        [
          'If',
          ['c'],
          ['y'],
          {
            then_branch: subgraph({ inputs: {}, outputs: ['t'], nodes: [['MatMul', ['x', 'w'], ['t']]] }),
            else_branch: subgraph({ inputs: {}, outputs: ['e'], nodes: [['Neg', ['x'], ['e']]] }),
          },
        ],
      ],
    }),
    buildModel({
      inputs: { s: { shape: [3] }, x: { shape: [4, 3] } },
      outputs: ['y', 'z'],
      nodes: [
        [
          'Scan',
          ['s', 'x'],
          ['y', 'z'],
          {
            num_scan_inputs: 1,
            body: subgraph({
              inputs: { a: { shape: [3] }, b: { shape: [3] } },
              outputs: ['c', 'd'],
              nodes: [
                ['Add', ['a', 'b'], ['c']],
                ['Mul', ['c', 'b'], ['d']],
              ],
            }),
          },
        ],
      ],
    }),
    buildModel({
      inputs: { x: { shape: [2, 3] } },
      outputs: ['y'],
      domains: { own: 1 },
      functions: [{ domain: 'own', name: 'Twice', inputs: ['a'], outputs: ['b'], nodes: [['Add', ['a', 'a'], ['b']]] }],
      nodes: [
        ['own.Twice', ['x'], ['h']],
        ['own.Twice', ['h'], ['y']],
      ],
    }),
    buildModel({
      inputs: { x: { shape: [3, 2] } },
      outputs: ['y'],
      constants: { i: longs([1], []) },
      nodes: [
        ['SplitToSequence', ['x'], ['s'], { axis: 0 }],
        ['SequenceAt', ['s', 'i'], ['e']],
        ['SequenceInsert', ['s', 'e'], ['t']],
        ['ConcatFromSequence', ['t'], ['y'], { axis: 0 }],
      ],
    }),
    buildModel({
      inputs: image,
      outputs: ['y'],
      constants: { zero: longs([0], []), rest: longs([-1]), w: floats([128, 4], noise(2)) },
      nodes: [
        ['Shape', ['x'], ['shape']],
        ['Gather', ['shape', 'zero'], ['n']],
        ['Unsqueeze', ['n', 'axes'], ['u']],
        ['Constant', [], ['axes'], { value: longs([0]) }],
        ['Concat', ['u', 'rest'], ['to'], { axis: 0 }],
        ['Reshape', ['x', 'to'], ['f']],
        ['MatMul', ['f', 'w'], ['y']],
      ],
    }),
    buildModel({
      inputs: image,
      outputs: ['y'],
      constants: {
        w: floats([4, 2, 3, 3], noise(3)),
        v: floats([4, 2, 2, 2], noise(4)),
        scales: floats([4], [1, 1, 2, 2]),
        roi: floats([0], []),
      },
      nodes: [
        ['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1], strides: [2, 2], group: 1 }],
        ['ConvTranspose', ['c', 'v'], ['t'], { strides: [2, 2], output_padding: [0, 0] }],
        ['MaxPool', ['t'], ['m'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }],
        ['Resize', ['m', 'roi', 'scales'], ['r'], { mode: 'cubic' }],
        ['AveragePool', ['r'], ['y'], { kernel_shape: [3, 3], dilations: [1, 1] }],
      ],
    }),
    buildModel({
      inputs: { x: { shape: [4, 1, 2] } },
      outputs: ['y'],
      constants: { w: floats([1, 8, 2], noise(5)), r: floats([1, 8, 2], noise(6)) },
      nodes: [['LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 2 }]],
    }),
    buildModel({
      inputs: { x: { shape: [2, 3, 4] } },
      outputs: ['y'],
      constants: { s: longs([0, 1]), e: longs([2, 3]), a: longs([1, 2]), k: longs([2]) },
      nodes: [
        ['Slice', ['x', 's', 'e', 'a'], ['c']],
        ['TopK', ['c', 'k'], ['v', 'i']],
        ['Transpose', ['v'], ['t'], { perm: [2, 0, 1] }],
        ['Einsum', ['t', 't'], ['q'], { equation: 'abc,abd->acd' }],
        ['Tile', ['q', 'reps'], ['y']],
        ['Constant', [], ['reps'], { value: longs([1, 2, 1]) }],
      ],
    }),
    buildModel({
      inputs: { x: { shape: [1, 2, 5, 5] } },
      outputs: ['y'],
      constants: { s: floats([], [0.02]), z: { shape: [], dtype: 'uint8', data: Uint8Array.of(12) } },
      nodes: [
        ['QuantizeLinear', ['x', 's', 'z'], ['q']],
        ['DequantizeLinear', ['q', 's', 'z'], ['d']],
        ['ReduceMean', ['d'], ['m'], { axes: [2, 3], keepdims: 0 }],
        ['Softmax', ['m'], ['y'], { axis: 1 }],
      ],
    }),
  ];
}
