import { type AnyOp, bytesOf, type DType, full, observe, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { importOnnx } from './import-onnx.ts';
import { buildModel, floats, type GraphSketch, longs, type ModelSketch, subgraph } from './testing/index.ts';

// Each was found by `npm run fuzz`: files that ended in an error of JavaScript's or WebAssembly's own, in gigabytes or in minutes.
type Sketch = Pick<ModelSketch, 'nodes' | 'constants'>;
const flag = { c: { shape: [], dtype: 'bool', data: Uint8Array.of(1) } } as const;
const doubling: GraphSketch = {
  inputs: { i: { dtype: 'int64', shape: [] }, go: { dtype: 'bool', shape: [] }, s: {} },
  outputs: ['on', 't'],
  nodes: [
    ['Identity', ['go'], ['on']],
    ['Concat', ['s', 's'], ['t'], { axis: 0 }],
  ],
};
test.each<[string, readonly number[], Sketch, RegExp]>([
  [
    'a range without end',
    [1],
    {
      constants: { a: floats([], [0]), b: floats([], [0]) },
      nodes: [
        ['Range', ['a', 'a', 'b'], ['r']],
        ['Add', ['x', 'r'], ['y']],
      ],
    },
    /a range from 0 to 0 in steps of 0 is infinite/,
  ],
  [
    'a remainder of zero',
    [1],
    {
      constants: { a: longs([3]), b: longs([0]) },
      nodes: [
        ['Mod', ['a', 'b'], ['m']],
        ['Cast', ['m'], ['f'], { to: 1 }],
        ['Add', ['x', 'f'], ['y']],
      ],
    },
    /no integer result: division by zero/,
  ],
  ['a triangle of no matrix', [4], { nodes: [['Trilu', ['x'], ['y']]] }, /triu expects matrices, got \[4\]/],
  ['a diagonal of no matrix', [4], { nodes: [['EyeLike', ['x'], ['y']]] }, /is not a matrix/],
  ['an input left out between others', [4], { nodes: [['Max', ['x', '', 'x'], ['y']]] }, /input 1 of 3 is missing/],
  [
    'no inputs',
    [4],
    {
      nodes: [
        ['Max', [], ['m']],
        ['Add', ['x', 'm'], ['y']],
      ],
    },
    /expects at least 1 inputs, got 0/,
  ],
  [
    'too few pads',
    [4, 4],
    { constants: { p: longs([1, 1]) }, nodes: [['Pad', ['x', 'p'], ['y']]] },
    /its pads \[1,1\] must be 4 integers/,
  ],
  [
    'a point in too few dimensions',
    [4],
    { constants: { g: floats([1, 1, 2], [0, 0]) }, nodes: [['GridSample', ['x', 'g'], ['y']]] },
    /expects a grid of/,
  ],
  [
    'parts of a number',
    [],
    {
      nodes: [
        ['SplitToSequence', ['x'], ['s']],
        ['ConcatFromSequence', ['s'], ['y'], { axis: 0 }],
      ],
    },
    /concat expects at least one tensor/,
  ],
  [
    'one axis many times',
    [3],
    { constants: { axes: longs(Array.from({ length: 900 }, () => 0)) }, nodes: [['Unsqueeze', ['x', 'axes'], ['y']]] },
    /expects each axis once, got 900 axes/,
  ],
  [
    'an axis far away',
    [2, 3],
    {
      constants: { w: floats([3], [1, 1, 1]) },
      nodes: [['LayerNormalization', ['x', 'w'], ['y'], { axis: -(2 ** 31) }]],
    },
    /Axis -2147483648 is out of range/,
  ],
  [
    'a window wider than any image',
    [1, 1, 8, 8],
    { nodes: [['AveragePool', ['x'], ['y'], { kernel_shape: [2, 1e6], auto_pad: 'SAME_UPPER' }]] },
    /elements of padding .* are too many/,
  ],
  [
    'a list of a hundred million numbers',
    [1],
    {
      constants: { i: longs([0, 1]), d: longs([5e7], []), v: floats([2], [0, 1]) },
      nodes: [
        ['OneHot', ['i', 'd', 'v'], ['o']],
        ['Add', ['x', 'o'], ['y']],
      ],
    },
    /more than 8388608 elements/,
  ],
  [
    'a state that doubles',
    [4],
    {
      constants: { ...flag, n: longs([1e9], []) },
      nodes: [['Loop', ['n', 'c', 'x'], ['y'], { body: subgraph(doubling) }]],
    },
    /bytes after \d+ steps/,
  ],
  [
    'a state that doubles while it walks along an input',
    [40],
    {
      nodes: [
        [
          'Scan',
          ['x', 'x'],
          ['y'],
          {
            num_scan_inputs: 1,
            body: subgraph({
              inputs: { s: {}, a: {} },
              outputs: ['t'],
              nodes: [['Concat', ['s', 's'], ['t'], { axis: 0 }]],
            }),
          },
        ],
      ],
    },
    /bytes after \d+ steps/,
  ],
  [
    'results that are more than fit',
    [40],
    {
      constants: { n: longs([2 ** 23]) },
      nodes: [
        [
          'Scan',
          ['x'],
          ['y'],
          {
            num_scan_inputs: 1,
            body: subgraph({ inputs: { a: {} }, outputs: ['row'], nodes: [['Expand', ['a', 'n'], ['row']]] }),
          },
        ],
      ],
    },
    /bytes after 8 steps/,
  ],
  [
    'more to walk along than there is',
    [4],
    {
      nodes: [
        [
          'Scan',
          ['x'],
          ['y'],
          {
            num_scan_inputs: 2 ** 31,
            body: subgraph({ inputs: { a: {} }, outputs: ['b'], nodes: [['Neg', ['a'], ['b']]] }),
          },
        ],
      ],
    },
    /do not match a body/,
  ],
  [
    'texts as numbers of a loss',
    [2, 3],
    {
      constants: { l: longs([1, 2, 3, 4, 5, 6], [2, 3]), t: longs([0, 1]) },
      nodes: [
        ['SoftmaxCrossEntropyLoss', ['l', 't'], ['n']],
        ['Cast', ['n'], ['f'], { to: 1 }],
        ['Add', ['x', 'f'], ['y']],
      ],
    },
    /does not support int64 values|cannot handle its inputs/,
  ],
  [
    'an image of a hundred million columns',
    [1, 1],
    { constants: { s: longs([1, 1e8]) }, nodes: [['Resize', ['x', '', '', 's'], ['y'], { mode: 'linear' }]] },
    /more than \d+ elements/,
  ],
  [
    'a dtype of no name',
    [2],
    { nodes: [['Cast', ['x'], ['y'], { to: 0 }]] },
    /there is no data type "undefined" to cast to/,
  ],
])('%s', (_, shape, sketch, expected) => {
  const model = importOnnx(buildModel({ inputs: { x: { shape } }, outputs: ['y'], ...sketch }));
  const inputs = model.inputs.length ? new Map([['x', full(shape, 1)]]) : new Map();
  let [message, bytes, ops] = ['', 0, 0];
  const count = ({ op, output }: { readonly op: AnyOp; readonly output: { size: number; dtype: DType } }): void => {
    ops++;
    if (!op.alias) bytes += output.size * bytesOf(output.dtype);
  };
  try {
    observe(() => model.call(inputs), count);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toMatch(/^Node "\w+" \(\w+\): /);
  expect(message).toMatch(expected);
  expect(bytes).toBeLessThan(2 ** 29); // what a loop allocates in all before it is refused
  expect(ops).toBeLessThan(1000);
});

test('copies of nothing, and copies by the million', () => {
  const tiled = (shape: readonly number[], repeats: readonly number[]): readonly number[] => {
    const model = importOnnx(
      buildModel({
        inputs: { x: { shape } },
        outputs: ['y'],
        constants: { r: longs(repeats) },
        nodes: [['Tile', ['x', 'r'], ['y']]],
      }),
    );
    return model.forward(tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape })).shape;
  };
  expect(tiled([0, 1], [1, 2 ** 27])).toEqual([0, 2 ** 27]);
  expect(tiled([2, 1], [3, 1e6])).toEqual([6, 1e6]);
});

test('a field of the wrong kind where the graph is expected', () => {
  const bytes = buildModel({ inputs: { x: { shape: [1] } }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
  const graph = bytes.indexOf((7 << 3) | 2);
  for (const kind of [0, 1, 3, 4, 5, 6, 7]) {
    const changed = bytes.with(graph, (7 << 3) | kind);
    expect(() => importOnnx({ model: changed, name: 'bad.onnx' })).toThrow(
      /^bad\.onnx \(70 bytes\) is not an ONNX model, or is truncated: /,
    );
  }
});

test('an input whose kind the file does not say', () => {
  const model = importOnnx(
    buildModel({ inputs: { x: { shape: [1] } }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] }),
  );
  (model.file.inputs[0] as { dtype: string }).dtype = 'undefined';
  expect(() => model.shapes()).toThrow('The file does not specify the type of its input "x".');
});
