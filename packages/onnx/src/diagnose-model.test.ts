import { expect, test } from 'vitest';
import { diagnoseModel } from './diagnose-model.ts';
import { buildModel, floats, longs, type ModelSketch, noise, type NodeSketch } from './testing/index.ts';

const conv = (seed: number, out: number, from: number): ReturnType<typeof floats> =>
  floats([out, from, 3, 3], noise(seed));
const constants = { a: conv(1, 4, 3), b: conv(2, 8, 4), bias: floats([8], noise(4)), fc: floats([8, 5], noise(3)) };
const body: NodeSketch[] = [
  ['Conv', ['image', 'a'], ['c'], {}, 'stem'],
  ['Relu', ['c'], ['r']],
  ['Conv', ['r', 'b', 'bias'], ['d'], {}, 'body'],
  ['Relu', ['d'], ['s']],
];
const tail: NodeSketch[] = [
  ['GlobalAveragePool', ['s'], ['pooled']],
  ['Flatten', ['pooled'], ['flat']],
  ['MatMul', ['flat', 'fc'], ['scores']],
];
const built = (more: Partial<ModelSketch>): Uint8Array =>
  buildModel({
    inputs: { image: { shape: ['N', 3, 16, 16] } },
    outputs: ['scores'],
    constants,
    nodes: [...body, ...tail],
    ...more,
  });

test('a network without obstacles', () =>
  expect(diagnoseModel(built({}))).toMatchObject({
    problems: [],
    foldedBatchNorms: 0,
    quantized: { nodes: 0, weights: 0 },
    openDimensions: ['image: N'],
    warnings: [],
    cut: 'pooled',
    learnsBeforeCut: true,
    keptShare: (108 + 288 + 8) / (108 + 288 + 8 + 40),
    nodes: 7,
  }));

test('unsupported nodes after the cut do not matter', () => {
  const found = diagnoseModel(
    built({
      nodes: [
        ...body,
        ...tail.slice(0, -1),
        ['Rleu', ['flat'], ['odd'], {}, 'strange'],
        ['MatMul', ['odd', 'fc'], ['scores']],
      ],
    }),
  );
  expect(found.problems).toEqual([
    { opType: 'Rleu', domain: '', count: 1, first: 'strange', problem: 'not supported', beforeCut: false },
  ]);
  expect({ cut: found.cut, obstacle: found.obstacle }).toEqual({ cut: 'pooled', obstacle: undefined });
});
test('unsupported nodes at the beginning leave no cuts', () => {
  const found = diagnoseModel(
    built({
      nodes: [
        ['Rleu', ['image'], ['odd'], {}, 'strange'],
        ['Conv', ['odd', 'a'], ['c']],
        ['Relu', ['c'], ['scores']],
      ],
    }),
  );
  expect(found.problems).toMatchObject([{ opType: 'Rleu', problem: 'not supported', beforeCut: true }]);
  expect(found).toMatchObject({ cuts: [], keptShare: 0, obstacle: 'No part of it can be run.' });
});
test('nodes with value-dependent shapes are skipped', () => {
  const found = diagnoseModel(
    built({
      nodes: [
        ...body,
        ...tail.slice(0, -1),
        ['NonZero', ['flat'], ['places'], {}, 'where'],
        ['MatMul', ['flat', 'fc'], ['unused']],
        ['Cast', ['places'], ['scores'], { to: 1 }],
      ],
    }),
  );
  expect(found.problems).toEqual([
    { opType: 'NonZero', domain: '', count: 1, first: 'where', problem: 'shape unknown', beforeCut: false },
  ]);
  expect(found.cuts.length).toBeGreaterThan(0);
});

test('rounding before the cut blocks gradients; integer inputs do not', () => {
  const found = diagnoseModel(
    built({ nodes: [body[0]!, ['Round', ['c'], ['r'], {}, 'steps'], ...body.slice(2), ...tail], opset: 17 }),
  );
  expect(found.problems).toEqual([
    { opType: 'Round', domain: '', count: 1, first: 'steps', problem: 'no gradient', beforeCut: true },
  ]);
  expect(found.learnsBeforeCut).toBe(false);
  const words = buildModel({
    inputs: { words: { dtype: 'int64', shape: ['N', 4] } },
    outputs: ['y'],
    constants: { table: floats([9, 6], noise(1)), w: floats([6, 2], noise(2)) },
    nodes: [
      ['Gather', ['table', 'words'], ['x']],
      ['MatMul', ['x', 'w'], ['y']],
    ],
  });
  expect(diagnoseModel(words)).toMatchObject({ problems: [], warnings: ['Its input "words" takes int64 numbers.'] });
});
test('quantised weights', () => {
  const scale = floats([], [0.1]);
  const zero = { shape: [], dtype: 'uint8', data: Uint8Array.of(128) } as const;
  const weight = { shape: [4, 3, 3, 3], dtype: 'uint8', data: Uint8Array.from({ length: 108 }, (_, i) => i) } as const;
  const found = diagnoseModel(
    built({
      constants: { ...constants, q: weight, scale, zero },
      nodes: [
        ['QuantizeLinear', ['image', 'scale', 'zero'], ['i'], {}, 'in'],
        ['DequantizeLinear', ['i', 'scale', 'zero'], ['x'], {}, 'out'],
        ['DequantizeLinear', ['q', 'scale', 'zero'], ['w']],
        ['Conv', ['x', 'w'], ['c']],
        ...body.slice(1),
        ...tail,
      ],
    }),
  );
  // Nothing that can be trained is before the nodes at the input.
  expect(found).toMatchObject({ quantized: { nodes: 3, weights: 1 }, problems: [] });
  const within = diagnoseModel(
    built({
      constants: { ...constants, scale, zero },
      nodes: [
        body[0]!,
        ['QuantizeLinear', ['c', 'scale', 'zero'], ['i'], {}, 'in'],
        ['DequantizeLinear', ['i', 'scale', 'zero'], ['r'], {}, 'out'],
        ...body.slice(2),
        ...tail,
      ],
    }),
  );
  expect(within.problems).toMatchObject([
    { opType: 'DequantizeLinear', count: 1, first: 'out', problem: 'no gradient', beforeCut: true },
  ]);
});
test('a mask made of the tokens blocks no gradient', () => {
  const masked = buildModel({
    inputs: { words: { dtype: 'int64', shape: ['N', 4] }, mask: { dtype: 'int64', shape: ['N', 4] } },
    outputs: ['y'],
    constants: { table: floats([9, 6], noise(1)), zero: floats([], [0]), low: floats([], [-9]) },
    nodes: [
      ['Gather', ['table', 'words'], ['x']],
      ['Cast', ['mask'], ['there'], { to: 9 }],
      ['Where', ['there', 'zero', 'low'], ['added']],
      ['Unsqueeze', ['added'], ['wide'], { axes: [2] }],
      ['Add', ['x', 'wide'], ['y']],
    ],
    opset: 12,
  });
  expect(diagnoseModel(masked)).toMatchObject({ problems: [], learnsBeforeCut: true });
});
test.each<[string, number, Partial<ModelSketch>]>([
  [
    'depthwise',
    2,
    {
      constants: { ...constants, b: conv(2, 4, 1), w: conv(5, 8, 4), four: floats([4], noise(6)) },
      nodes: [
        body[0]!,
        body[1]!,
        ['Conv', ['r', 'b', 'four'], ['e'], { group: 4 }],
        ['Conv', ['e', 'w', 'bias'], ['d']],
        ['Relu', ['d'], ['s']],
        ...tail,
      ],
    },
  ],
  [
    'named by PyTorch',
    1,
    {
      constants: { ...constants, 'onnx::Conv_12': constants.b },
      nodes: [...body.slice(0, 2), ['Conv', ['r', 'onnx::Conv_12', 'bias'], ['d']], body[3]!, ...tail],
    },
  ],
  [
    'whose equal biases PyTorch wrote once',
    2,
    {
      constants: { ...constants, 'onnx::Conv_12': constants.b, b4: floats([4], () => 0), b8: floats([8], () => 0) },
      nodes: [
        ['Identity', ['b4'], ['i']],
        ['Identity', ['b8'], ['j']],
        ['Conv', ['image', 'a', 'i'], ['c']],
        body[1]!,
        ['Conv', ['r', 'onnx::Conv_12', 'j'], ['d']],
        body[3]!,
        ...tail,
      ],
    },
  ],
  [
    'with a shortcut',
    2,
    {
      constants: { ...constants, a: conv(1, 8, 3), b: conv(2, 8, 8) },
      nodes: [
        ['Conv', ['image', 'a', 'bias'], ['c'], { pads: [1, 1, 1, 1] }],
        ['Relu', ['c'], ['r']],
        ['Conv', ['r', 'b', 'bias'], ['d'], { pads: [1, 1, 1, 1] }],
        ['Add', ['d', 'r'], ['e']],
        ['Relu', ['e'], ['s']],
        ...tail,
      ],
    },
  ],
  [
    'never there, in a plain chain',
    0,
    {
      constants: { ...constants, four: floats([4], noise(6)) },
      nodes: [['Conv', ['image', 'a', 'four'], ['c']], ...body.slice(1), ...tail],
    },
  ],
  [
    'normalised',
    0,
    {
      constants: { ...constants, ones: floats([8], () => 1) },
      nodes: [
        ...body.slice(0, 3),
        ['BatchNormalization', ['d', 'ones', 'bias', 'bias', 'ones'], ['n']],
        ['Relu', ['n'], ['s']],
        ...tail,
      ],
    },
  ],
])('batch norms folded into convolutions, %s: %i', (_, count, sketch) =>
  expect(diagnoseModel(built(sketch)).foldedBatchNorms).toBe(count),
);

test('dtypes and operator sets', () => {
  const half = { shape: [8, 5], dtype: 'float16', data: new Uint16Array(40) } as const;
  expect(
    diagnoseModel(
      built({
        opset: 99,
        constants: { ...constants, half },
        nodes: [
          ...body,
          ...tail.slice(0, -1),
          ['Cast', ['half'], ['w'], { to: 1 }],
          ['MatMul', ['flat', 'w'], ['scores']],
        ],
      }),
    ).warnings,
  ).toEqual([
    expect.stringMatching(/^It uses operator set 99, but only sets up to \d+ are known\.$/),
    expect.stringMatching(/^1 of its tensors are 16-bit floats/),
  ]);
});
test('an explicit cut', () => {
  expect(diagnoseModel(built({}), { cut: 'r' })).toMatchObject({ cut: 'r', keptShare: 108 / 444 });
  expect(() => diagnoseModel(built({}), { cut: 'poled' })).toThrow(
    'model.onnx: The graph has no value "poled". Did you mean "pooled"?',
  );
  expect(() => diagnoseModel(new Uint8Array(longs([1]).data.byteLength))).toThrow('is not an ONNX model');
});

test('an error in a damaged file names the file', () => {
  const model = buildModel({
    inputs: { x: { shape: [1, 2, 4, 4] } },
    outputs: ['y'],
    constants: { w: floats([2, 2, 1, 1], (i) => i), b: floats([2], (i) => i) },
    nodes: [['Conv', ['x', 'w', 'b'], ['y'], { group: 'two' }]],
  });
  expect(() => diagnoseModel({ model, name: 'damaged.onnx' })).toThrow(/^damaged\.onnx: .*"group"/);
});
