import { grad, sum, tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectSameAsOnnxruntime } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats, longs, type ModelSketch, subgraph } from '../testing/index.ts';

const bool = (value: number): ReturnType<typeof floats> => ({ shape: [], dtype: 'bool', data: Uint8Array.of(value) });
const branches = {
  then_branch: subgraph({ inputs: {}, outputs: ['t'], nodes: [['MatMul', ['x', 'w'], ['t']]] }),
  else_branch: subgraph({ inputs: {}, outputs: ['e'], nodes: [['Neg', ['x'], ['e']]] }),
};
const choice: ModelSketch = {
  inputs: { c: { dtype: 'bool', shape: [] }, x: { shape: [1, 2] } },
  outputs: ['y'],
  constants: { w: floats([2, 2], [1, 2, 3, 4]) },
  nodes: [['If', ['c'], ['y'], branches, 'choice']],
};

describe('If', () => {
  test.each([0, 1])('%s', (c) =>
    expectSameAsOnnxruntime(buildModel(choice), { c: bool(c), x: floats([1, 2], [1, -2]) }),
  );
  test('weights of the graph around it learn through its branches', () => {
    const model = importOnnx(buildModel(choice));
    const [c, x] = [tensor([1], { shape: [], dtype: 'bool' }), tensor([[1, -2]])];
    const weight = model.weights.get('w')!;
    expect(
      grad(
        () =>
          sum(
            model
              .call(
                new Map([
                  ['c', c],
                  ['x', x],
                ]),
              )
              .get('y')!,
          ),
        [weight],
      )[0]!.numbers(),
    ).toEqual([1, 1, -2, -2]);
  });
});

const body = subgraph({
  inputs: { i: { dtype: 'int64', shape: [] }, goes: { dtype: 'bool', shape: [] }, state: { shape: [2] } },
  outputs: { more: 'bool', next: 'float32', row: 'float32' },
  nodes: [
    ['Add', ['state', 'x'], ['next']],
    ['ReduceSum', ['next'], ['total'], { keepdims: 0 }],
    ['Less', ['total', 'limit'], ['more']],
    ['Mul', ['next', 'next'], ['row']],
  ],
});
const counting = (count: number): ModelSketch => ({
  inputs: { x: { shape: [2] } },
  outputs: { last: 'float32', rows: 'float32' },
  constants: { count: longs([count], []), yes: bool(1), limit: floats([], [10]), zero: floats([2], [0, 0]) },
  nodes: [['Loop', ['count', 'yes', 'zero'], ['last', 'rows'], { body }, 'counting']],
});
describe('Loop', () => {
  test('ends by its count', () => expectSameAsOnnxruntime(buildModel(counting(3)), { x: floats([2], [0.5, 1]) }));
  test('ends by its condition', () => expectSameAsOnnxruntime(buildModel(counting(100)), { x: floats([2], [0.5, 1]) }));
  test('an infinite loop ends with an error', { timeout: 60_000 }, () => {
    const endless = subgraph({
      inputs: { i: { dtype: 'int64', shape: [] }, goes: { dtype: 'bool', shape: [] } },
      outputs: { goes: 'bool' },
      nodes: [['Identity', ['x'], ['unused']]],
    });
    const model = importOnnx(
      buildModel({
        inputs: { x: { shape: [1] } },
        outputs: ['y'],
        constants: { yes: bool(1) },
        nodes: [
          ['Loop', ['', 'yes'], [], { body: endless }, 'endless'],
          ['Relu', ['x'], ['y']],
        ],
      }),
    );
    expect(model.forward(tensor([1])).numbers()).toEqual([1]); // what nothing needs is not run
    const states = subgraph({
      inputs: { i: { dtype: 'int64', shape: [] }, goes: { dtype: 'bool', shape: [] }, s: { shape: [1] } },
      outputs: { goes: 'bool', s: 'float32' },
      nodes: [],
    });
    const needed = importOnnx(
      buildModel({
        inputs: { x: { shape: [1] } },
        outputs: ['y'],
        constants: { yes: bool(1) },
        nodes: [['Loop', ['', 'yes', 'x'], ['y'], { body: states }, 'endless']],
      }),
    );
    expect(() => needed.forward(tensor([1]))).toThrow(/Node "endless" \(Loop\): it did not end after \d+ steps/);
  });
});

test('Scan walks along axes, also backwards', () => {
  const step = subgraph({
    inputs: { s: { shape: [2] }, part: { shape: [2] } },
    outputs: ['next', 'row'],
    nodes: [
      ['Add', ['s', 'part'], ['next']],
      ['Mul', ['next', 'part'], ['row']],
    ],
  });
  return expectSameAsOnnxruntime(
    buildModel({
      inputs: { s: { shape: [2] }, x: { shape: [2, 3] } },
      outputs: ['last', 'rows'],
      nodes: [
        [
          'Scan',
          ['s', 'x'],
          ['last', 'rows'],
          {
            body: step,
            num_scan_inputs: 1,
            scan_input_axes: [1],
            scan_input_directions: [1],
            scan_output_directions: [1],
          },
        ],
      ],
    }),
    { s: floats([2], [1, 2]), x: floats([2, 3], [1, 2, 3, 4, 5, 6]) },
  );
});

describe('functions of a file', () => {
  const twice = {
    domain: 'my',
    name: 'Twice',
    inputs: ['a'],
    outputs: ['b'],
    nodes: [['Add', ['a', 'a'], ['b']]] as ModelSketch['nodes'],
  };
  const calling = (functions: NonNullable<ModelSketch['functions']>): Uint8Array =>
    buildModel({
      inputs: { x: { shape: [2] } },
      outputs: ['y'],
      domains: { my: 1 },
      functions,
      nodes: [
        ['my.Twice', ['x'], ['h']],
        ['my.Twice', ['h'], ['y']],
      ],
    });
  test('run as defined', () => expectSameAsOnnxruntime(calling([twice]), { x: floats([2], [1, -2]) }));
  test('one that calls itself is refused', () =>
    expect(() => importOnnx(calling([{ ...twice, nodes: [['my.Twice', ['a'], ['b']]] }]))).toThrow(
      /nested more than \d+ deep at node .*it may call itself/,
    ));
});

test('too deeply nested graphs are rejected', () => {
  let inner = subgraph({ inputs: {}, outputs: ['t'], nodes: [['Relu', ['x'], ['t']]] });
  for (let i = 0; i < 40; i++)
    inner = subgraph({ inputs: {}, outputs: ['t'], nodes: [['If', ['c'], ['t'], { then_branch: inner }]] });
  expect(() =>
    importOnnx({
      model: buildModel({
        ...choice,
        nodes: [['If', ['c'], ['y'], { then_branch: inner, else_branch: branches.else_branch }]],
      }),
      name: 'deep.onnx',
    }),
  ).toThrow(/^deep\.onnx/);
});

test('Gradient differentiates the graph before it', () => {
  const model = importOnnx(
    buildModel({
      inputs: { a: { shape: [] }, b: { shape: [] } },
      outputs: ['c', 'da', 'db'],
      domains: { 'ai.onnx.preview.training': 1 },
      nodes: [
        ['Mul', ['a', 'b'], ['ab']],
        ['Add', ['ab', 'a'], ['c']],
        ['ai.onnx.preview.training.Gradient', ['a', 'b'], ['da', 'db'], { xs: ['a', 'b'], y: 'c' }],
      ],
    }),
  );
  const results = model.call(
    new Map([
      ['a', tensor([3], { shape: [] })],
      ['b', tensor([5], { shape: [] })],
    ]),
  );
  expect(['c', 'da', 'db'].map((name) => results.get(name)!.item())).toEqual([18, 6, 3]);
});

test('a file with graphs in its nodes, with any one byte changed, is read or rejected with its name', () => {
  const whole = buildModel(counting(3));
  const outcome = (model: Uint8Array): string => {
    try {
      importOnnx({ model, name: 'bad.onnx' });
      return 'read';
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (let at = 0; at < whole.length; at++)
    for (const bits of [0xff, 0x01]) expect(outcome(whole.with(at, whole[at]! ^ bits))).toMatch(/^(read$|bad\.onnx)/);
});
