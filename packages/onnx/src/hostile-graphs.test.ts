import { bytesOf, full, observe, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { diagnoseModel } from './diagnose-model.ts';
import { importOnnx } from './import-onnx.ts';
import { inspectModel, type ModelReport } from './inspect-model.ts';
import {
  buildModel,
  floats,
  type FunctionSketch,
  type GraphSketch,
  longs,
  type ModelSketch,
  subgraph,
} from './testing/index.ts';

// Small files that ask for much work. Work is bounded by counts; the limit of time is ten times what a slow machine takes.
const patience = 180_000;
const x = { x: { shape: ['N', 3, 8, 8] } } as const;
const model = (sketch: Pick<ModelSketch, 'nodes'> & Partial<ModelSketch>): Uint8Array =>
  buildModel({ inputs: x, outputs: ['y'], ...sketch });
/** Why it cannot be run, according to both reports. */
function problem(bytes: Uint8Array): string {
  const found = inspectModel({ model: bytes, name: 'bomb.onnx' }).problem;
  expect(diagnoseModel({ model: bytes, name: 'bomb.onnx' }).obstacle).toBe(found);
  expect(found?.length).toBeLessThan(500);
  return found ?? 'none';
}

/** Functions that call the next one several times. */
const calling = (depth: number, width: number, args: number): FunctionSketch[] =>
  Array.from({ length: depth }, (_, i) => {
    const inputs = Array.from({ length: args }, (_, k) => `x${k}`);
    const type = i === depth - 1 ? (args > 1 ? 'Max' : 'Relu') : `a.f${i + 1}`;
    return {
      domain: 'a',
      name: `f${i}`,
      inputs,
      outputs: ['y'],
      nodes: Array.from({ length: width }, (_, k) => [
        type,
        k ? [`t${k - 1}`, ...inputs.slice(1)] : inputs,
        [k === width - 1 ? 'y' : `t${k}`],
      ]),
    };
  });

test(
  'functions that call each other twice',
  () => {
    const bytes = model({ nodes: [['a.f0', ['x'], ['y']]], domains: { a: 1 }, functions: calling(22, 2, 1) });
    expect(bytes.length).toBeLessThan(2000);
    expect(problem(bytes)).toMatch(
      /Node "f\d+_\d" \(f\d+\) makes the graph too large once functions and subgraphs are inlined\. /,
    );
  },
  patience,
);
test(
  'a function that passes one value several times has one use of it',
  () => {
    const functions = calling(22, 1, 2).map((one) => ({
      ...one,
      nodes: one.nodes.map(([type, , outputs]) => [type, ['x0', 'x0'], outputs] as const),
    }));
    const imported = importOnnx(
      model({
        nodes: [
          ['a.f0', ['w', 'w'], ['r']],
          ['Add', ['x', 'r'], ['y']],
        ],
        constants: { w: floats([8], (i) => i) },
        domains: { a: 1 },
        functions,
      }),
    );
    expect([...imported.weights.keys()]).toEqual(['w']);
  },
  patience,
);
test(
  'branches in branches in functions',
  () => {
    const branch = subgraph({
      inputs: {},
      outputs: ['t'],
      nodes: Array.from({ length: 1000 }, (_, i) => ['Neg', [i ? `v${i - 1}` : 'x0'], [i === 999 ? 't' : `v${i}`]]),
    });
    const functions = calling(12, 2, 2).map((one, i) =>
      i < 11 ? one : { ...one, nodes: [['If', ['x1'], ['y'], { then_branch: branch, else_branch: branch }] as const] },
    );
    const bytes = model({
      nodes: [['a.f0', ['x', 'c'], ['y']]],
      constants: { c: { shape: [], dtype: 'bool', data: Uint8Array.of(1) } },
      domains: { a: 1 },
      functions,
    });
    expect(problem(bytes)).toContain('too large once functions and subgraphs are inlined');
  },
  patience,
);

const flag = { c: { shape: [], dtype: 'bool', data: Uint8Array.of(1) }, n: longs([100_000], []) } as const;
/** Loops in loops. */
function loops(depth: number): GraphSketch {
  return {
    inputs: { i: { dtype: 'int64', shape: [] }, go: { dtype: 'bool', shape: [] }, s: {} },
    outputs: ['on', 't'],
    nodes: [
      depth ? ['Loop', ['n', 'c', 's'], ['t'], { body: subgraph(loops(depth - 1)) }] : ['Neg', ['s'], ['t']],
      ['Identity', ['go'], ['on']],
    ],
  };
}
test.each([0, 1, 3])(
  'a loop of 100,000 steps with %i loops in it',
  (depth) => {
    const bytes = model({
      nodes: [['Loop', ['n', 'c', 'x'], ['y'], { body: subgraph(loops(depth)) }]],
      constants: flag,
    });
    expect(bytes.length).toBeLessThan(2000);
    let ops = 0;
    observe(
      () =>
        expect(problem(bytes)).toMatch(
          /the loops of this graph run more nodes than are supported\. Export it with fewer steps\.$/,
        ),
      () => ops++,
    );
    expect(ops).toBeLessThan(2 ** 18); // of two traces each
  },
  patience,
);
test(
  'loops behind loops, and a scan of many steps, run for a limited time',
  () => {
    let ops = 0;
    const run = (bytes: Uint8Array): void => {
      const imported = importOnnx(bytes);
      observe(
        () =>
          expect(() => imported.call(new Map([['x', full([1, 1], 1)]]))).toThrow('run more nodes than are supported'),
        () => ops++,
      );
    };
    run(
      buildModel({
        inputs: { x: {} },
        outputs: ['v9'],
        constants: flag,
        nodes: Array.from({ length: 10 }, (_, i) => [
          'Loop',
          ['n', 'c', i ? `v${i - 1}` : 'x'],
          [`v${i}`],
          { body: subgraph(loops(0)) },
        ]),
      }),
    );
    run(
      buildModel({
        inputs: { x: {} },
        outputs: ['y'],
        constants: { s: longs([1_000_000]) },
        nodes: [
          ['Expand', ['x', 's'], ['e']],
          ['Transpose', ['e'], ['l'], { perm: [1, 0] }],
          [
            'Scan',
            ['l'],
            ['y'],
            {
              num_scan_inputs: 1,
              body: subgraph({ inputs: { a: {} }, outputs: ['b'], nodes: [['Neg', ['a'], ['b']]] }),
            },
          ],
        ],
      }),
    );
    expect(ops).toBeLessThan(2 ** 22);
  },
  patience,
);
test('functions with many nodes are not loops', () => {
  const bytes = model({
    nodes: [['a.f0', ['x'], ['y']]],
    domains: { a: 1 },
    functions: calling(2, 180, 1),
  });
  expect(inspectModel(bytes).problem).toBeUndefined();
});

const doubled: ModelSketch['nodes'] = Array.from({ length: 28 }, (_, i) => {
  const from = i ? `d${i - 1}` : 'k';
  return ['Concat', [from, from], [`d${i}`], { axis: 0 }];
});
test.each<[string, Pick<ModelSketch, 'nodes' | 'constants'>]>([
  [
    'a constant that is doubled 28 times',
    {
      constants: { k: floats([64], () => 1) },
      nodes: [...doubled, ['ReduceMax', ['d27'], ['r']], ['Add', ['x', 'r'], ['y']]],
    },
  ],
  [
    'integers that are doubled 28 times',
    {
      constants: { k: longs([1, 2]) },
      nodes: [...doubled, ['ReduceMax', ['d27'], ['i']], ['Cast', ['i'], ['r'], { to: 1 }], ['Add', ['x', 'r'], ['y']]],
    },
  ],
  [
    'many lists of millions',
    {
      constants: { a: longs([0], []), b: longs([8e6], []), d: longs([1], []) },
      nodes: [
        ...Array.from({ length: 1000 }, (_, i) => ['Range', ['a', 'b', 'd'], [`r${i}`]] as const),
        ...Array.from({ length: 999 }, (_, i) => ['Add', [i ? `s${i - 1}` : 'r0', `r${i + 1}`], [`s${i}`]] as const),
        ['Cast', ['s998'], ['f'], { to: 1 }],
        ['ReduceMax', ['f'], ['r']],
        ['Add', ['x', 'r'], ['y']],
      ],
    },
  ],
  [
    'a product of constants',
    {
      constants: { k: floats([1, 1], [1]), s: longs([6000, 6000]) },
      nodes: [
        ['Expand', ['k', 's'], ['e']],
        ['MatMul', ['e', 'e'], ['m']],
        ['ReduceMax', ['m'], ['r']],
        ['Add', ['x', 'r'], ['y']],
      ],
    },
  ],
  [
    'a list that is read again and again',
    {
      constants: { k: longs([1]), s: longs([4_000_000]) },
      nodes: [
        ['Expand', ['k', 's'], ['v0']],
        ...Array.from({ length: 2000 }, (_, i) => ['NonZero', ['v0'], [`z${i}`]] as const),
        ['Concat', Array.from({ length: 2000 }, (_, i) => `z${i}`), ['z'], { axis: 0 }],
        ['Cast', ['z'], ['f'], { to: 1 }],
        ['ReduceMax', ['f'], ['r']],
        ['Add', ['x', 'r'], ['y']],
      ],
    },
  ],
])(
  '%s is not computed in advance',
  (_, sketch) => {
    let bytes = 0;
    observe(
      () =>
        expect(problem(model(sketch))).toContain(
          'computing with the constants of this graph takes too long to do in advance',
        ),
      ({ op, output }) => {
        if (!op.alias && !output.backend.trace) bytes += output.size * bytesOf(output.dtype);
      },
    );
    expect(bytes).toBeLessThan(2 ** 30); // for two reports
  },
  patience,
);
test('a large product of weights is computed if the file is large', () => {
  const report = inspectModel(
    model({
      constants: { a: floats([8, 512], () => 0.1), b: floats([512, 8], () => 0.1) },
      nodes: [
        ['MatMul', ['a', 'b'], ['w']],
        ['MatMul', ['x', 'w'], ['y']],
      ],
    }),
  );
  expect(report.problem).toBeUndefined();
});

// These took time that grows with the square of the numbers.
const many = 100_000;
test.each<[string, () => Partial<ModelSketch>]>([
  [
    'graph inputs',
    () => ({
      inputs: { ...x, ...Object.fromEntries(Array.from({ length: many }, (_, i) => [`i${i}`, { shape: [1] }])) },
      nodes: [['Relu', ['x'], ['y']]],
    }),
  ],
  [
    'uses of a value in a function',
    () => ({
      nodes: [['a.f', ['x'], ['y']]],
      domains: { a: 1 },
      functions: [
        {
          domain: 'a',
          name: 'f',
          inputs: ['x'],
          outputs: ['y'],
          nodes: Array.from({ length: 50_000 }, (_, i) => [
            'Add',
            [i ? `v${i - 1}` : 'x', 'x'],
            [i === 49_999 ? 'y' : `v${i}`],
          ]),
        },
      ],
    }),
  ],
  [
    'nodes whose values stay in use',
    () => ({
      nodes: [
        ...Array.from({ length: 20_000 }, (_, i) => ['Relu', [i ? `v${i - 1}` : 'x'], [`v${i}`]] as const),
        ['Sum', Array.from({ length: 20_000 }, (_, i) => `v${i}`), ['y']],
      ],
    }),
  ],
  [
    'values of three dimensions',
    () => ({
      inputs: { x: { shape: ['N', 3, 8] } },
      nodes: Array.from({ length: 30_000 }, (_, i) => [
        'Relu',
        [i ? `v${i - 1}` : 'x'],
        [i === 29_999 ? 'y' : `v${i}`],
      ]),
    }),
  ],
  [
    'weights',
    () => ({
      constants: Object.fromEntries(
        Array.from({ length: 20_000 }, (_, i) => [`w${i}`, floats([8], [1, 2, 3, 4, 5, 6, 7, 8])]),
      ),
      nodes: Array.from({ length: 20_000 }, (_, i) => [
        'Mul',
        [i ? `v${i - 1}` : 'x', `w${i}`],
        [i === 19_999 ? 'y' : `v${i}`],
      ]),
    }),
  ],
])(
  'tens of thousands of %s',
  (_, sketch) => {
    const bytes = model({ nodes: [], ...sketch() });
    expect(inspectModel(bytes).problem).toBeUndefined();
    expect(diagnoseModel(bytes).obstacle).toBeUndefined();
    expect(importOnnx(bytes).layerGroups().length).toBeLessThan(10);
  },
  patience,
);

test(
  'operators that compare everything with everything',
  () => {
    const boxes = 20_000;
    const apart = floats([1, boxes, 4], (i) => Math.floor(i / 4) * 10 + (i % 4 > 1 ? 1 : 0));
    const sketch: Pick<ModelSketch, 'nodes' | 'constants'> = {
      constants: { b: apart, s: floats([1, 40, boxes], (i) => 1 / (1 + (i % 100))), n: longs([boxes], []) },
      nodes: [
        ['NonMaxSuppression', ['b', 's', 'n'], ['c']],
        ['Cast', ['c'], ['f'], { to: 1 }],
        ['ReduceMax', ['f'], ['r'], { keepdims: 0 }],
        ['Add', ['x', 'r'], ['y']],
      ],
    };
    expect(problem(model(sketch))).toContain('takes too long to do in advance');
    const imported = importOnnx(model(sketch));
    expect(() => imported.call(new Map([['x', full([1, 3, 8, 8], 1)]]))).toThrow(
      'take more than 536870912 comparisons',
    );
    const distinct = importOnnx(
      buildModel({
        inputs: { x: {} },
        outputs: ['u', 'i', 'v', 'n'],
        opset: 17,
        nodes: [['Unique', ['x'], ['u', 'i', 'v', 'n']]],
      }),
    );
    const values = Float32Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 50_000);
    expect(distinct.call(new Map([['x', tensor(values)]])).get('u')!.size).toBe(50_000);
  },
  patience,
);
test('long n-grams of a long text', () => {
  const imported = importOnnx(
    buildModel({
      inputs: { x: {} },
      outputs: ['y'],
      nodes: [
        [
          'TfIdfVectorizer',
          ['x'],
          ['y'],
          {
            mode: 'TF',
            min_gram_length: 1,
            max_gram_length: 100_000,
            max_skip_count: 100_000,
            ngram_counts: [0],
            ngram_indexes: [0],
            pool_int64s: [1],
          },
        ],
      ],
    }),
  );
  expect(() => imported.call(new Map([['x', full([50_000], 1)]]))).toThrow('are too many for 50000 words');
});

test('tensors of a thousand dimensions', () => {
  const ones = Array<number>(1000).fill(1);
  expect(() => importOnnx(model({ constants: { k: floats(ones, [1]) }, nodes: [['Add', ['x', 'k'], ['y']]] }))).toThrow(
    'Tensor "k" has 1000 dimensions, but at most 64 are supported',
  );
  expect(() => importOnnx(model({ inputs: { x: { shape: ones } }, nodes: [['Relu', ['x'], ['y']]] }))).toThrow(
    '"x" has 1000 dimensions, but at most 64 are supported',
  );
  expect(
    inspectModel(model({ constants: { s: longs([1, ...ones, -1]) }, nodes: [['Reshape', ['x', 's'], ['y']]] })).problem,
  ).toContain('its result has 1002 dimensions, but at most 64 are supported');
});

test('an input that is doubled again and again is refused before anything is computed', () => {
  const doubled = (times: number): ModelSketch['nodes'] =>
    Array.from({ length: times }, (_, i) => [
      'Concat',
      Array<string>(2).fill(i ? `d${i - 1}` : 'x'),
      [`d${i}`],
      { axis: 0 },
    ]);
  const report = (times: number): ModelReport =>
    inspectModel(model({ nodes: [...doubled(times), ['Relu', [`d${times - 1}`], ['y']]] }));
  expect(report(20).problem).toBeUndefined();
  expect(report(40).problem).toMatch(/would have more than 268435456 elements\. Use smaller inputs/);
});
