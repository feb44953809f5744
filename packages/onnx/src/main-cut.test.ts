import { describe, expect, test } from 'vitest';
import { importOnnx, type OnnxModel } from './index.ts';
import { inferShapes } from './infer-shapes.ts';
import { type MainCut, mainCut } from './main-cut.ts';
import { buildModel, floats, longs, type ModelSketch, noise, subgraph } from './testing/index.ts';

const weight = (...shape: number[]) => floats(shape, noise(shape.length));

const cutOf = (sketch: Partial<ModelSketch>, shape: readonly number[] = [1, 3, 64, 64]): MainCut => {
  const model: OnnxModel = importOnnx(
    buildModel({ inputs: { x: { shape: ['N', ...shape.slice(1)] } }, outputs: ['y'], nodes: [], opset: 17, ...sketch }),
  );
  return mainCut(model, inferShapes(model, { inputShapes: { x: shape } }))!;
};
const shown = (cut: MainCut): string =>
  `${cut.network} ${cut.value} ${cut.kind} ${cut.features}${cut.pool ? ` ${cut.pool}` : ''}`;

/** A convolution with an activation. */
const conv = (from: string, to: string, stride = 2): NonNullable<ModelSketch['nodes']> => [
  ['Conv', [from, `w_${to}`], [`c_${to}`], { strides: [stride, stride], pads: [1, 1, 1, 1], kernel_shape: [3, 3] }],
  ['Relu', [`c_${to}`], [to]],
];
const trunk = [...conv('x', 'a'), ...conv('a', 'b')];
const filters = { w_a: weight(8, 3, 3, 3), w_b: weight(40, 8, 3, 3) };

describe('a classifier is cut at the value that its last layer reads', () => {
  test('pooled from a map', () =>
    expect(
      shown(
        cutOf({
          constants: { ...filters, fc: weight(40, 5), bias: weight(5) },
          nodes: [
            ...trunk,
            ['GlobalAveragePool', ['b'], ['pooled']],
            ['Flatten', ['pooled'], ['flat']],
            ['MatMul', ['flat', 'fc'], ['m']],
            ['Add', ['m', 'bias'], ['s']],
            ['Softmax', ['s'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier pooled vector 40'));

  test('hidden layers in front of it are kept', () =>
    expect(
      shown(
        cutOf({
          constants: { ...filters, hidden: weight(40, 48), fc: weight(48, 5) },
          nodes: [
            ...trunk,
            ['GlobalAveragePool', ['b'], ['pooled']],
            ['Flatten', ['pooled'], ['flat']],
            ['MatMul', ['flat', 'hidden'], ['h']],
            ['Relu', ['h'], ['r']],
            ['Dropout', ['r'], ['d']],
            ['MatMul', ['d', 'fc'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier r vector 48'));

  test('the map itself if it was flattened, whatever its layout', () =>
    expect(
      shown(
        cutOf({
          constants: { ...filters, to: longs([-1, 16 * 16 * 40]), fc: weight(16 * 16 * 40, 5) },
          nodes: [
            ...trunk,
            ['Transpose', ['b'], ['last'], { perm: [0, 2, 3, 1] }],
            ['Reshape', ['last', 'to'], ['flat']],
            ['MatMul', ['flat', 'fc'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier b map 40'));

  test('a convolution of scores before the pooling, if a softmax follows', () =>
    expect(
      shown(
        cutOf({
          constants: { ...filters, w: weight(5, 40, 1, 1) },
          nodes: [
            ...trunk,
            ['Conv', ['b', 'w'], ['c']],
            ['Relu', ['c'], ['r']],
            ['GlobalAveragePool', ['r'], ['g']],
            ['Flatten', ['g'], ['f']],
            ['Softmax', ['f'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier b map 40'));

  test('weights that nodes make at the start of the graph do not matter', () =>
    expect(
      shown(
        cutOf({
          constants: { ...filters, turned: weight(5, 40) },
          nodes: [
            ['Transpose', ['turned'], ['fc'], { perm: [1, 0] }],
            ...trunk,
            ['GlobalAveragePool', ['b'], ['pooled']],
            ['Flatten', ['pooled'], ['flat']],
            ['MatMul', ['flat', 'fc'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier pooled vector 40'));

  test('two heads whose scores are averaged are both replaced', () =>
    expect(
      shown(
        cutOf({
          constants: { ...filters, f1: weight(40, 5), f2: weight(40, 5), two: floats([], () => 2) },
          nodes: [
            ...trunk,
            ['GlobalAveragePool', ['b'], ['pooled']],
            ['Flatten', ['pooled'], ['flat']],
            ['MatMul', ['flat', 'f1'], ['one']],
            ['MatMul', ['flat', 'f2'], ['other']],
            ['Add', ['one', 'other'], ['sum']],
            ['Div', ['sum', 'two'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier pooled vector 40'));

  test('of several outputs the one with the most weights counts', () =>
    expect(
      shown(
        cutOf({
          outputs: ['side', 'y'],
          constants: { ...filters, fs: weight(8, 5), fc: weight(40, 5) },
          nodes: [
            ...conv('x', 'a'),
            ['GlobalAveragePool', ['a'], ['ga']],
            ['Flatten', ['ga'], ['fa']],
            ['MatMul', ['fa', 'fs'], ['side']],
            ...conv('a', 'b'),
            ['GlobalAveragePool', ['b'], ['pooled']],
            ['Flatten', ['pooled'], ['flat']],
            ['MatMul', ['flat', 'fc'], ['y']],
          ],
        }),
      ),
    ).toBe('classifier pooled vector 40'));
});

/** Patches of an image as tokens behind a class token, with one attention layer. */
const tokens = (end: NonNullable<ModelSketch['nodes']>): Partial<ModelSketch> => ({
  constants: {
    patch: weight(12, 3, 16, 16),
    to: longs([0, 12, 16]),
    cls: weight(1, 1, 12),
    shape: longs([1, 1, 12]),
    position: weight(1, 17, 12),
    gamma: floats([12], () => 1),
    q: weight(12, 12),
    v: weight(12, 12),
    zero: longs([0], []),
    fc: weight(12, 5),
  },
  nodes: [
    ['Conv', ['x', 'patch'], ['patches'], { strides: [16, 16], kernel_shape: [16, 16] }],
    ['Reshape', ['patches', 'to'], ['t0']],
    ['Transpose', ['t0'], ['t1'], { perm: [0, 2, 1] }],
    ['Expand', ['cls', 'shape'], ['token']],
    ['Concat', ['token', 't1'], ['t2'], { axis: 1 }],
    ['Add', ['t2', 'position'], ['h0']],
    ['MatMul', ['h0', 'q'], ['hq']],
    ['Transpose', ['hq'], ['hk'], { perm: [0, 2, 1] }],
    ['MatMul', ['hq', 'hk'], ['s']],
    ['Softmax', ['s'], ['p'], { axis: -1 }],
    ['MatMul', ['h0', 'v'], ['hv']],
    ['MatMul', ['p', 'hv'], ['o']],
    ['Add', ['h0', 'o'], ['h1']],
    ['LayerNormalization', ['h1', 'gamma'], ['last'], { axis: -1 }],
    ...end,
  ],
});

describe('transformers', () => {
  test('the class token that the classifier reads', () =>
    expect(
      shown(
        cutOf(
          tokens([
            ['Gather', ['last', 'zero'], ['first'], { axis: 1 }],
            ['Gemm', ['first', 'fc'], ['y']],
          ]),
        ),
      ),
    ).toBe('classifier first vector 12'));
  test('without a head the tokens, of which the first is the class token', () =>
    expect(shown(cutOf({ ...tokens([]), outputs: ['last'] }))).toBe('encoder last sequence 12 first'));
});

describe('a backbone without its head gives its output', () => {
  test('pooled', () =>
    expect(
      shown(
        cutOf({
          constants: filters,
          nodes: [...trunk, ['GlobalAveragePool', ['b'], ['pooled']], ['Flatten', ['pooled'], ['y']]],
        }),
      ),
    ).toBe('encoder pooled vector 40'));
  test('as a map, and as a map with the channels last', () => {
    expect(shown(cutOf({ constants: filters, nodes: trunk, outputs: ['b'] }))).toBe('encoder b map 40');
    expect(
      shown(
        cutOf({
          constants: { ...filters, gamma: floats([40], () => 1) },
          nodes: [
            ...trunk,
            ['Transpose', ['b'], ['last'], { perm: [0, 2, 3, 1] }],
            ['LayerNormalization', ['last', 'gamma'], ['y'], { axis: -1 }],
          ],
        }),
      ),
    ).toBe('encoder y channelsLast 40');
  });
});

test('a decoder that joins the maps of all stages: the deepest one ends the backbone', () => {
  const up = (scale: number) => floats([4], (i) => (i > 1 ? scale : 1));
  const cut = cutOf({
    constants: { ...filters, w_c: weight(48, 40, 3, 3), one: up(1), two: up(2), w: weight(6, 88, 1, 1) },
    nodes: [
      ...trunk,
      ['Resize', ['b', '', 'one'], ['ub']],
      ...conv('b', 'c'),
      ['Resize', ['c', '', 'two'], ['uc']],
      ['Concat', ['uc', 'ub'], ['j'], { axis: 1 }],
      ['Conv', ['j', 'w'], ['y']],
    ],
  });
  expect(shown(cut)).toBe('dense c map 48');
});

test('networks that predict for each place give the last map of their backbone', () => {
  const cut = cutOf({
    constants: {
      ...filters,
      w_c: weight(48, 40, 3, 3),
      up: floats([4], (i) => (i > 1 ? 2 : 1)),
      w: weight(6, 88, 1, 1),
    },
    nodes: [
      ...trunk,
      ...conv('b', 'c'),
      ['Resize', ['c', '', 'up'], ['u']],
      ['Concat', ['u', 'b'], ['j'], { axis: 1 }],
      ['Conv', ['j', 'w'], ['m']],
      ['Sigmoid', ['m'], ['y']],
    ],
  });
  expect(shown(cut)).toBe('dense c map 48');
  expect(cut.kept).toBeGreaterThan(0.9);
});

test('a layer that reads the input is not a head', () =>
  expect(
    shown(cutOf({ constants: { w_a: weight(8, 3, 3, 3) }, nodes: [...conv('x', 'a'), ['Identity', ['a'], ['y']]] })),
  ).toBe('encoder a map 8'));

describe('attention that pools', () => {
  /** Tokens of a map, pooled by attention of one query of weights, and projected. */
  const pooled = (queries: number): NonNullable<ModelSketch['nodes']> => [
    ...trunk,
    ['Reshape', ['b', 'flat'], ['columns']],
    ['Transpose', ['columns'], ['tokens'], { perm: [0, 2, 1] }],
    ['MatMul', ['tokens', 'w_k'], ['k']],
    ['MatMul', ['tokens', 'w_v'], ['v']],
    ['Transpose', ['k'], ['kt'], { perm: [0, 2, 1] }],
    ['MatMul', ['query', 'kt'], ['scores']],
    ['Softmax', ['scores'], ['p'], { axis: -1 }],
    ['MatMul', ['p', 'v'], ['pv']],
    ...(queries === 1 ? ([['Squeeze', ['pv', 'one'], ['pooled']]] as const) : []),
  ];
  const constants = (queries: number) => ({
    ...filters,
    flat: longs([0, 40, -1]),
    one: longs([1]),
    w_k: weight(40, 40),
    w_v: floats([40, 40], noise(9)),
    query: weight(1, queries, 40),
    out: weight(40, 48),
    fc: weight(48, 5),
    norm: weight(48),
    second: floats([48, 48], noise(8)),
  });

  test('its projection is a part of it, if nothing follows', () =>
    expect(shown(cutOf({ constants: constants(1), nodes: [...pooled(1), ['MatMul', ['pooled', 'out'], ['y']]] }))).toBe(
      'encoder y vector 48',
    ));
  test('the last layer behind it is the head', () =>
    expect(
      shown(
        cutOf({
          constants: constants(1),
          nodes: [...pooled(1), ['MatMul', ['pooled', 'out'], ['o']], ['MatMul', ['o', 'fc'], ['y']]],
        }),
      ),
    ).toBe('classifier o vector 48'));
  test('its projection is the head if it gives scores', () =>
    expect(
      shown(
        cutOf({
          constants: constants(1),
          nodes: [...pooled(1), ['MatMul', ['pooled', 'out'], ['o']], ['Softmax', ['o'], ['y']]],
        }),
      ),
    ).toBe('classifier pooled vector 40'));
  test('a residual layer behind it is a part of the encoder, which gives one token for each query', () => {
    for (const queries of [1, 4])
      expect(
        shown(
          cutOf({
            constants: constants(queries),
            nodes: [
              ...pooled(queries).filter(([type]) => type !== 'Squeeze'),
              ['MatMul', ['pv', 'out'], ['o']],
              ['LayerNormalization', ['o', 'norm'], ['n'], { axis: -1 }],
              ['MatMul', ['n', 'second'], ['m']],
              ['Add', ['o', 'm'], ['y']],
            ],
          }),
        ),
      ).toBe('encoder y sequence 48');
  });
});

test('what a branch reads from outside is data, as in a Squeeze that PyTorch exports for any size', () =>
  expect(
    shown(
      cutOf({
        constants: { ...filters, fc: weight(40, 5), size: longs([2]), first: longs([1]), axis: longs([2, 3]) },
        nodes: [
          ...trunk,
          ['GlobalAveragePool', ['b'], ['pooled']],
          ['Shape', ['pooled'], ['all']],
          ['Gather', ['all', 'size'], ['high']],
          ['Equal', ['high', 'first'], ['is']],
          [
            'If',
            ['is'],
            ['flat'],
            {
              then_branch: subgraph({ inputs: {}, outputs: ['t'], nodes: [['Squeeze', ['pooled', 'axis'], ['t']]] }),
              else_branch: subgraph({ inputs: {}, outputs: ['e'], nodes: [['Identity', ['pooled'], ['e']]] }),
            },
          ],
          ['MatMul', ['flat', 'fc'], ['y']],
        ],
      }),
    ),
  ).toBe('classifier flat vector 40'));
