import { grad, scope, sum, tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import { runImported } from '../../test/onnxruntime.ts';
import { elementsOf, textsIn, textsOf } from '../collections.ts';
import { importOnnx } from '../import-onnx.ts';
import { float } from '../proto/write.ts';
import { buildModel, floats, longs, type ModelSketch, type NodeSketch, subgraph } from '../testing/index.ts';

const x = floats([3, 2], [1, 2, 3, 4, 5, 6]);
const modelOf = (
  nodes: ModelSketch['nodes'],
  constants: ModelSketch['constants'] = {},
): ReturnType<typeof importOnnx> =>
  importOnnx(buildModel({ inputs: { x: { shape: [3, 2] } }, outputs: ['y'], constants, nodes }));
const numbersOf = (nodes: ModelSketch['nodes'], constants: ModelSketch['constants'] = {}): number[] =>
  scope(() => runImported(modelOf(nodes, constants), { x }).get('y')!.numbers());
const split: NodeSketch = ['SplitToSequence', ['x'], ['s'], { keepdims: 0 }];
const [one, minusOne] = [longs([1], []), longs([-1], [])];

describe('sequences', () => {
  test.each<[string, ModelSketch['nodes'], number[]]>([
    ['an element', [split, ['SequenceAt', ['s', 'one'], ['y']]], [3, 4]],
    ['one from the back', [split, ['SequenceAt', ['s', 'last'], ['y']]], [5, 6]],
    ['length', [split, ['SequenceLength', ['s'], ['y']]], [3]],
    [
      'inserted',
      [
        split,
        ['SequenceAt', ['s', 'last'], ['e']],
        ['SequenceInsert', ['s', 'e', 'one'], ['t']],
        ['ConcatFromSequence', ['t'], ['y'], { axis: 0 }],
      ],
      [1, 2, 5, 6, 3, 4, 5, 6],
    ],
    [
      'erased',
      [split, ['SequenceErase', ['s', 'one'], ['t']], ['ConcatFromSequence', ['t'], ['y'], { axis: 1, new_axis: 1 }]],
      [1, 5, 2, 6],
    ],
    [
      'built',
      [
        ['SequenceEmpty', [], ['n']],
        ['SequenceInsert', ['n', 'x'], ['s']],
        ['SequenceConstruct', ['x', 'x'], ['t']],
        ['SequenceLength', ['s'], ['a']],
        ['SequenceLength', ['t'], ['b']],
        ['Add', ['a', 'b'], ['y']],
      ],
      [3],
    ],
    [
      'optional',
      [
        ['Optional', ['x'], ['o']],
        ['OptionalHasElement', ['o'], ['has']],
        ['OptionalGetElement', ['o'], ['e']],
        ['Cast', ['has'], ['h'], { to: 1 }],
        ['Add', ['e', 'h'], ['y']],
      ],
      [2, 3, 4, 5, 6, 7],
    ],
  ])('%s', (_, nodes, wanted) => expect(numbersOf(nodes, { one, last: minusOne })).toEqual(wanted));

  const body = subgraph({
    inputs: { e: { shape: [2] } },
    outputs: ['square'],
    nodes: [['Mul', ['e', 'e'], ['square']]],
  });
  const mapped: ModelSketch['nodes'] = [
    split,
    ['SequenceMap', ['s'], ['m'], { body }],
    ['ConcatFromSequence', ['m'], ['y'], { axis: 0 }],
  ];
  test('a graph for each element', () => expect(numbersOf(mapped)).toEqual([1, 4, 9, 16, 25, 36]));
  test('gradients flow through them, and no tensors leak', () => {
    const model = modelOf(mapped);
    const before = unfreedTensors();
    scope(() => {
      const input = tensor(x.data, { shape: [3, 2] });
      expect(grad(() => sum(model.forward(input)), [input])[0]!.numbers()).toEqual([2, 4, 6, 8, 10, 12]);
    });
    expect(unfreedTensors()).toBe(before);
  });
  test('can be outputs', () =>
    expect(
      elementsOf(runImported(modelOf([['SplitToSequence', ['x'], ['y'], { keepdims: 0 }]]), { x }).get('y')!).map(
        (part) => part.numbers(),
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]));
  test.each<[string, ModelSketch['nodes'], RegExp]>([
    [
      'a place outside',
      [split, ['Constant', [], ['at'], { value: longs([7], []) }], ['SequenceAt', ['s', 'at'], ['y']]],
      /position 7 is outside a sequence of 3/,
    ],
    ['a tensor instead of a sequence', [['SequenceLength', ['x'], ['y']]], /expected a sequence, got a float32 tensor/],
    ['a sequence where a tensor is wanted', [split, ['Relu', ['s'], ['y']]], /Node .* \(Relu\)/],
    [
      'an empty optional',
      [
        ['SequenceEmpty', [], ['n']],
        ['Optional', [], ['o']],
        ['OptionalGetElement', ['o'], ['y']],
      ],
      /optional input is empty/,
    ],
    [
      'absurd parts',
      [
        ['Constant', [], ['n'], { value: longs([-1], []) }],
        ['SplitToSequence', ['x', 'n'], ['y']],
      ],
      /cannot split 3 elements/,
    ],
  ])('%s is refused', (_, nodes, message) => expect(() => numbersOf(nodes)).toThrow(message));
});

describe('texts', () => {
  const given = (texts: string[], node: ModelSketch['nodes'][number]): ReturnType<typeof tensor> =>
    importOnnx(buildModel({ inputs: { t: { shape: [null] } }, outputs: ['y'], nodes: [node] })).forward(
      textsOf(texts, [texts.length]),
    );
  test('without stop words', () =>
    expect(
      textsIn(
        given(
          ['Monday', 'tuesday', 'Monday'],
          ['StringNormalizer', ['t'], ['y'], { case_change_action: 'UPPER', stopwords: ['monday'] }],
        ),
      ),
    ).toEqual(['TUESDAY']));
  test('nothing left is one empty text', () =>
    expect(
      textsIn(given(['a'], ['StringNormalizer', ['t'], ['y'], { is_case_sensitive: 1, stopwords: ['a'] }])),
    ).toEqual(['']));
  test('counts of pairs of words, one skipped', () =>
    expect(
      given(
        ['a', 'x', 'b', 'a', 'b'],
        [
          'TfIdfVectorizer',
          ['t'],
          ['y'],
          {
            mode: 'TFIDF',
            min_gram_length: 1,
            max_gram_length: 2,
            max_skip_count: 1,
            ngram_counts: [0, 1],
            ngram_indexes: [1, 0],
            pool_strings: ['a', 'a', 'b'],
            weights: [float(1), float(0.5)],
          },
        ],
      ).numbers(),
    ).toEqual([1, 2]));
  // The examples of ONNX's operator documentation.
  const parts = (texts: string[], attributes: ModelSketch['nodes'][number][3]): unknown[] => {
    const values = importOnnx(
      buildModel({
        opset: 20,
        inputs: { t: { shape: [null] } },
        outputs: { y: 'bool', n: 'int64' },
        nodes: [['StringSplit', ['t'], ['y', 'n'], attributes ?? {}]],
      }),
    ).call(new Map([['t', textsOf(texts, [texts.length])]]));
    return [values.get('y')!.shape, textsIn(values.get('y')!), values.get('n')!.numbers()];
  };
  test('cut at a delimiter, at most so often, or at white space', () => {
    expect(parts(['abc.com', 'def.net'], { delimiter: '.' })).toEqual([
      [2, 2],
      ['abc', 'com', 'def', 'net'],
      [2, 2],
    ]);
    expect(parts(['a,b,c', 'd'], { delimiter: ',', maxsplit: 1 })).toEqual([
      [2, 2],
      ['a', 'b,c', 'd', ''],
      [2, 1],
    ]);
    expect(parts(['hello world !', ' two  words '], {})).toEqual([
      [2, 3],
      ['hello', 'world', '!', 'two', 'words', ''],
      [3, 2],
    ]);
    expect(parts(['o-n-n--x-'], { delimiter: '-' })).toEqual([[1, 6], ['o', 'n', 'n', '', 'x', ''], [6]]);
    expect(parts(['  a b c '], { maxsplit: 1 })).toEqual([[1, 2], ['a', 'b c '], [2]]);
    expect(parts(['', ' '], {})).toEqual([[2, 0], [], [0, 0]]);
  });
  test('one behind the other', () => {
    const model = importOnnx(
      buildModel({
        opset: 20,
        inputs: { a: { shape: [null] }, b: { shape: [null, 1] } },
        outputs: ['y'],
        nodes: [['StringConcat', ['a', 'b'], ['y']]],
      }),
    );
    const y = model
      .call(
        new Map([
          ['a', textsOf(['abc', 'def'], [2])],
          ['b', textsOf(['.com', '.net'], [2, 1])],
        ]),
      )
      .get('y')!;
    expect([y.shape, textsIn(y)]).toEqual([
      [2, 2],
      ['abc.com', 'def.com', 'abc.net', 'def.net'],
    ]);
  });
  test('as numbers', () =>
    expect(given(['1.5', '-INF'], ['Cast', ['t'], ['y'], { to: 1 }]).numbers()).toEqual([
      1.5,
      Number.NEGATIVE_INFINITY,
    ]));
});

describe('random numbers', () => {
  const drawn = (opType: string, attributes: ModelSketch['nodes'][number][3], inputs: string[]): number[] =>
    runImported(
      importOnnx(
        buildModel({
          inputs: { x: { shape: [1000] } },
          outputs: ['y'],
          nodes: [
            [opType, inputs, ['y'], attributes ?? {}],
            ['Identity', ['x'], ['z']],
          ],
        }),
      ),
      inputs.length ? { x: floats([1000], () => 0.25) } : {},
    )
      .get('y')!
      .numbers();
  const meanOf = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  test.each<[string, ModelSketch['nodes'][number][3], string[], number, number]>([
    ['RandomUniform', { shape: [1000], low: float(2), high: float(4) }, [], 3, 2 / Math.sqrt(12)],
    ['RandomUniformLike', { high: float(0.5) }, ['x'], 0.25, 0.5 / Math.sqrt(12)],
    ['RandomNormal', { shape: [1000], mean: float(2) }, [], 2, 1],
    ['RandomNormalLike', { mean: float(-1), scale: float(0.5) }, ['x'], -1, 0.5],
    ['Bernoulli', {}, ['x'], 0.25, Math.sqrt(0.25 * 0.75)],
  ])('%s', (opType, attributes, inputs, mean, deviation) => {
    const values = drawn(opType, attributes, inputs);
    expect(values).toHaveLength(1000);
    const standardError = deviation / Math.sqrt(1000);
    expect(Math.abs(meanOf(values) - mean)).toBeLessThan(4 * standardError);
    expect(Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) / deviation).toBeCloseTo(1, 1);
    expect(drawn(opType, attributes, inputs)).toEqual(values); // the same seed, the same numbers
  });
  test('Multinomial draws classes with the frequencies of their log-probabilities', () => {
    const model = importOnnx(
      buildModel({
        inputs: { x: { shape: [2, 3] } },
        outputs: { y: 'int32' },
        nodes: [['Multinomial', ['x'], ['y'], { sample_size: 3000 }]],
      }),
    );
    const logs = tensor([[1, 3, 6].map(Math.log), [0.2, 0.8, 0].map((p) => 50 + Math.log(p))]);
    const y = model.forward(logs);
    expect([y.shape, y.dtype]).toEqual([[2, 3000], 'int32']);
    const values = y.numbers();
    const share = (row: number, one: number): number =>
      values.slice(row * 3000, (row + 1) * 3000).filter((value) => value === one).length / 3000;
    [
      [0.1, 0.3, 0.6],
      [0.2, 0.8, 0],
    ].forEach((shares, row) =>
      shares.forEach((wanted, one) => expect(Math.abs(share(row, one) - wanted)).toBeLessThan(0.03)),
    );
    expect(model.forward(logs).numbers()).toEqual(values);
  });
});
