import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GELU,
  GlobalAvgPool,
  Hardsigmoid,
  Hardswish,
  LeakyReLU,
  Linear,
  MaxPool2d,
  AvgPool2d,
  Module,
  ReLU,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  Tanh,
} from '@graft/layers';
import {
  add,
  apply,
  clip,
  concat,
  div,
  exp,
  expand,
  gather,
  integers,
  max,
  mean,
  mul,
  type Op,
  pad,
  pow,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
  transpose,
  matmul,
  where,
  greater,
  lessEqual,
} from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectClose, expectSameAsOnnxruntime, runImported, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, importOnnx, readModel } from './index.ts';
import { field } from './proto/schema.ts';
import { joinBytes, messageField, wireFields } from './proto/wire.ts';
import { float, writeGraph } from './proto/write.ts';
import { buildModel, floats, longs, type ModelSketch, noise, subgraph } from './testing/index.ts';

const input = (shape: readonly number[], seed = 1): { host: ReturnType<typeof floats>; own: Tensor } => {
  const host = floats(shape, noise(seed));
  return { host, own: tensor(host.data, { shape }) };
};

/** Expects the exported file to compute in onnxruntime what the module computes here, for several batches. */
async function expectRoundTrip(
  module: Module,
  inputShape: readonly number[],
  options: Parameters<typeof exportOnnx>[1] = {},
  batches = [1, 3],
): Promise<Uint8Array> {
  const bytes = await exportOnnx(module, { inputShape, ...options });
  const [port] = readModel(bytes).inputs;
  for (const batch of batches) {
    const { host, own } = input([batch, ...inputShape], batch);
    const [got] = Object.values(await runInOnnxruntime(bytes, { [port!.name]: host }));
    const wanted = module.forward(own);
    expect(got!.shape).toEqual(wanted.shape);
    expectClose(got!.data, wanted.arraySync(), 1e-5);
    expectClose(
      runImported(importOnnx(bytes), { [port!.name]: host })
        .values()
        .next()
        .value!.arraySync(),
      got!.data,
      1e-5,
    );
  }
  return bytes;
}

class Fn extends Module {
  readonly fn: (x: Tensor) => Tensor;
  constructor(fn: (x: Tensor) => Tensor) {
    super();
    this.fn = fn;
  }
  override forward(x: Tensor): Tensor {
    return this.fn(x);
  }
}

describe('modules defined in code', () => {
  const net = new Sequential(
    new Conv2d({ in: 3, out: 4, kernel: 3, stride: 2, padding: 1 }),
    new BatchNorm2d({ features: 4 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ in: 4, out: 8, kernel: 1, groups: 2, bias: false }),
    new SiLU(),
    new AvgPool2d({ kernel: 2, stride: 1, padding: 1 }),
    new GlobalAvgPool(),
    new Flatten(),
    new Dropout(),
    new Linear({ in: 8, out: 5 }),
    new Softmax(),
  ).initialize(1);
  test.each([9, 10, 11, ...Array.from({ length: 9 }, (_, i) => 13 + i)])(
    'a convolutional network in operator set %i',
    async (opset) => void (await expectRoundTrip(net, [3, 16, 16], { opset })),
  );

  test.each([9, 13, 20])(
    'activations in operator set %i',
    async (opset) =>
      void (await expectRoundTrip(
        new Sequential(
          new Linear({ in: 4, out: 6 }),
          new GELU(),
          new Hardswish(),
          new LeakyReLU(),
          new Tanh(),
          new Hardsigmoid(),
          new Sigmoid(),
        ).initialize(2),
        [4],
        { opset },
      )),
  );

  test('names: parameters by their paths, a linear layer as one Gemm', async () => {
    const file = readModel(
      await expectRoundTrip(net, [3, 16, 16], {
        inputName: 'image',
        outputName: 'probabilities',
        labels: ['a', 'b'],
        preprocessing: { size: 16 },
        metadata: { author: 'me' },
      }),
    );
    expect([...file.constants.keys()]).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '4.weight',
      '10.weight',
      '10.bias',
      '1.running_mean',
      '1.running_var',
    ]);
    expect(file.nodes.map((node) => node.opType)).toEqual([
      'Conv',
      'BatchNormalization',
      'Relu',
      'MaxPool',
      'Conv',
      'Sigmoid',
      'Mul',
      'AveragePool',
      'GlobalAveragePool',
      'Flatten',
      'Gemm',
      'Softmax',
    ]);
    expect(file.inputs).toEqual([{ name: 'image', dtype: 'float32', shape: ['N', 3, 16, 16] }]);
    expect(file.outputs).toEqual([{ name: 'probabilities', dtype: 'float32', shape: ['N', 5] }]);
    expect(Object.fromEntries(file.metadata)).toEqual({
      labels: '["a","b"]',
      preprocessing: '{"size":16}',
      author: 'me',
    });
  });
});

describe('tensor ops', () => {
  const cases: [string, readonly number[], (x: Tensor) => Tensor][] = [
    ['arithmetic', [4], (x) => div(sub(mul(add(x, 1), x), 0.5), add(square(x), 1))],
    ['powers', [4], (x) => pow(add(square(x), 0.1), 0.7)],
    ['exponentials', [4], (x) => sqrt(exp(x))],
    ['clip', [4], (x) => clip(x, -0.5, 0.25)],
    ['clip from below', [4], (x) => clip(x, -0.5)],
    ['means over positions', [3, 4, 4], (x) => mean(x, [2, 3])],
    ['sums', [3, 4], (x) => sum(x, [1], true)],
    ['greatest', [3, 4], (x) => max(x, 2)],
    ['shapes', [3, 4], (x) => transpose(reshape(x, [-1, 2, 6]), [0, 2, 1])],
    [
      'a batch that is a part of a dimension',
      [4, 6],
      (x) => reshape(transpose(reshape(x, [-1, 4, 2, 3]), [1, 0, 2, 3]), [4, -1, 3]),
    ],
    ['slices', [6, 5], (x) => slice(x, [0, 5, 1], [undefined, undefined, 4], [1, -2, 1])],
    ['padding', [2, 3], (x) => pad(x, [0, 1, 0], [0, 0, 2], 1.5)],
    ['concatenation', [3], (x) => concat([x, mul(x, 2), x], 1)],
    ['spreading', [1, 3], (x) => expand(x, [x.shape[0]!, 4, 3])],
    ['gathering', [5], (x) => gather(x, integers([4, 0, 0]), 1)],
    ['choice', [4], (x) => where(greater(x, 0), x, mul(x, 0.1))],
    ['comparison', [4], (x) => where(lessEqual(x, 0), x, mul(x, 0.1))],
    ['products of a batch', [3, 4], (x) => matmul(x, x, false, true)],
    [
      'a product transposed',
      [4],
      (x) =>
        matmul(
          x,
          tensor([
            [1, 2, 3, 4],
            [5, 6, 7, 8],
          ]),
          false,
          true,
        ),
    ],
  ];
  test.each(
    cases
      .flatMap(([name, shape, fn]) => [9, 17, 18].map((opset) => ({ name, shape, fn, opset })))
      .filter(({ name, opset }) => opset >= 10 || name !== 'slices'),
  )(
    '$name in operator set $opset',
    async ({ shape, fn, opset }) => void (await expectRoundTrip(new Fn(fn), shape, { opset })),
  );

  test('an op without an exporter is exported through its decomposition', async () => {
    const Cube: Op = { name: 'cube', infer: ([x]) => x!, decompose: ([x]) => mul(x!, mul(x!, x!)) };
    await expectRoundTrip(new Fn((x) => apply(Cube, [x], undefined)), [3]);
  });
  test('an op without a decomposition is named', async () => {
    const Cube: Op = { name: 'cube', infer: ([x]) => x! };
    await expect(exportOnnx(new Fn((x) => apply(Cube, [x], undefined)), { inputShape: [3] })).rejects.toThrow(
      'The op "cube" of "input" has no ONNX form. Add one with a plugin (onnxExporter).',
    );
  });
  test('a missing newer operator set is reported', () =>
    expect(
      exportOnnx(new Fn((x) => slice(x, [0, 2], [undefined, undefined], [1, -1])), { inputShape: [3], opset: 9 }),
    ).rejects.toThrow('Slice with steps needs operator set 10, but this file has 9.'));
  test('dependence on the batch size is rejected', async () => {
    await expect(exportOnnx(new Fn((x) => (x.shape[0]! > 2 ? mul(x, 2) : x)), { inputShape: [3] })).rejects.toThrow(
      'The model computes differently for "N" = 2 and 3, so one graph cannot represent it. Export it with a fixed size',
    );
    await expect(exportOnnx(new Fn((x) => pad(x, [x.shape[0]!, 0], [0, 0])), { inputShape: [3] })).rejects.toThrow(
      'The op "pad" of "input" depends on the size of "N" in a way that',
    );
  });
  test('a model too large for a file is rejected before it is assembled', () => {
    const large = { length: 2 ** 31 } as Uint8Array; // stands for 2 GiB
    expect(() => writeGraph({ name: 'g', nodes: [], initializers: [large], inputs: [], outputs: [] })).toThrow(
      'an ONNX file is limited to 2 GiB. Write it with writeOnnx(path, model, { externalData: true })',
    );
  });
  test('the size of the input must be known', () =>
    expect(exportOnnx(new Fn((x) => mul(x, 2)))).rejects.toThrow('inputShape'));
});

/** A small backbone: an initializer, a Constant node, and a classifier that is cut off. */
const backbone: ModelSketch = {
  inputs: { x: { shape: ['batch', 3, 8, 8] } },
  outputs: ['old'],
  opset: 9,
  constants: { w: floats([4, 3, 3, 3], noise(1)), unused: floats([2], [1, 2]), fc: floats([4, 10], noise(4)) },
  nodes: [
    ['Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }, 'first'],
    ['Clip', ['c'], ['a'], { min: float(0), max: float(6) }, 'relu6'],
    ['Constant', [], ['s'], { value: floats([4, 1, 1], noise(2)) }, 'scale'],
    ['Mul', ['a', 's'], ['m'], {}, 'mul'],
    ['GlobalAveragePool', ['m'], ['logits'], {}, 'pool'],
    ['Flatten', ['logits'], ['f']],
    ['MatMul', ['f', 'fc'], ['old']],
  ],
};

describe('an imported graph with a new head', () => {
  const original = buildModel(backbone);
  const grafted = (cut = 'logits'): Sequential =>
    new Sequential(importOnnx(original).cut(cut), new Flatten(), new Linear({ in: 4, out: 2 })).initialize(3);

  test('computes in onnxruntime what it computes here', async () => void (await expectRoundTrip(grafted(), [3, 8, 8])));
  test('nodes and tensors are copied byte for byte', async () => {
    const before = readModel(original);
    const file = readModel(await exportOnnx(grafted()));
    const kept = before.nodes.filter((node) => ['first', 'relu6', 'scale', 'mul', 'pool'].includes(node.name));
    expect(file.nodes.slice(0, 5).map((node) => node.bytes)).toEqual(kept.map((node) => node.bytes));
    expect(file.constants.get('w')!.from).toEqual(before.constants.get('w')!.from);
    expect([...file.constants.keys()]).toEqual(['w', '2.weight', '2.bias', 's']);
    expect(file.inputs).toEqual(before.inputs);
    expect(file.opsets).toEqual(before.opsets);
    expect(file.irVersion).toBe(before.irVersion);
    expect(file.outputs).toEqual([{ name: 'logits_1', dtype: 'float32', shape: ['batch', 2] }]);
  });
  test("trained weights take the old ones' places, in initializers and Constant nodes", async () => {
    const model = grafted();
    const imported = model.layers[0]!;
    for (const [, parameter] of imported.parameters()) parameter.value = mul(parameter.value, -1.5);
    const file = readModel(await expectRoundTrip(model, [3, 8, 8]));
    const w = readModel(original).constants.get('w')!.read().data as Float32Array;
    expect(file.constants.get('w')!.read().data).toEqual(w.map((value) => value * -1.5));
    expect(file.nodes.find((node) => node.name === 'scale')!.attributes.names).toEqual(['value']);
  });
  test('a cut without a head', async () => {
    const file = readModel(await expectRoundTrip(importOnnx(original).cut('m'), [3, 8, 8]));
    expect(file.outputs).toEqual([{ name: 'm', dtype: 'float32', shape: ['batch', 4, 8, 8] }]);
  });
  test('a module before it', async () => {
    const file = readModel(
      await expectRoundTrip(new Sequential(new Fn((x) => sub(mul(x, 2), 1)), importOnnx(original)), [3, 8, 8]),
    );
    expect(file.inputs.map((port) => port.name)).toEqual(['input']);
    expect(file.outputs.map((port) => port.name)).toEqual(['old']);
  });
  test('with an explicit operator set everything is rewritten', async () => {
    const file = readModel(await expectRoundTrip(grafted(), [3, 8, 8], { opset: 17 }));
    expect(file.opsets.get('')).toBe(17);
    expect(file.nodes.map((node) => node.opType)).toEqual([
      'Conv',
      'Clip',
      'Mul',
      'GlobalAveragePool',
      'Flatten',
      'Gemm',
    ]);
  });
  test('inputs and outputs keep their names when rewritten', async () => {
    const file = readModel(await exportOnnx(importOnnx(original), { opset: 21 }));
    expect([file.inputs[0]!.name, file.outputs[0]!.name, file.opsets.get('')]).toEqual(['x', 'old', 21]);
  });
  test('with several inputs and outputs, with dynamic and fixed sizes', async () => {
    const two = buildModel({
      inputs: { a: { shape: ['N', 2] }, b: { dtype: 'int64', shape: ['N'] } },
      outputs: { sum: 'float32', rows: 'float32' },
      constants: { w: floats([5, 2], noise(1)) },
      nodes: [
        ['Gather', ['w', 'b'], ['rows']],
        ['Add', ['a', 'rows'], ['sum']],
      ],
    });
    const model = importOnnx(two);
    expect(readModel(await exportOnnx(model)).outputs).toEqual(readModel(two).outputs);
    model.weights.get('w')!.take(mul(model.weights.get('w')!.value, 2));
    const inputs = { a: floats([3, 2], noise(2)), b: longs([4, 0, 1]) };
    const wanted = runImported(model, inputs);
    for (const [name, value] of Object.entries(await runInOnnxruntime(await exportOnnx(model), inputs)))
      expectClose(value.data, wanted.get(name)!.arraySync(), 1e-6);
  });
  test('a batch of fixed size stays one', async () => {
    const fixed = buildModel({ ...backbone, inputs: { x: { shape: [2, 3, 8, 8] } } });
    const model = new Sequential(
      importOnnx(fixed).cut('logits'),
      new Flatten(),
      new Linear({ in: 4, out: 2 }),
    ).initialize(3);
    const file = readModel(await expectRoundTrip(model, [3, 8, 8], {}, [2]));
    expect(file.outputs[0]!.shape).toEqual([2, 2]);
  });
  test('metadata is kept, and added to', async () => {
    const once = await exportOnnx(grafted(), { labels: ['cat', 'dog'], metadata: { note: 'first' } });
    const twice = readModel(await exportOnnx(importOnnx(once), { metadata: { note: 'second' } }));
    expect(Object.fromEntries(twice.metadata)).toEqual({ labels: '["cat","dog"]', note: 'second' });
  });
  test('fields newer than the schema survive, in file, graph and node', async () => {
    const later = (text: string): Uint8Array => messageField(900, new TextEncoder().encode(text));
    const inGraph = (graph: Uint8Array): Uint8Array =>
      joinBytes([
        ...wireFields(graph).map((one, i) =>
          i === 0 ? messageField(one.number, joinBytes([one.content!, later('node')])) : one.bytes,
        ),
        later('graph'),
      ]);
    const model = joinBytes([
      ...wireFields(original).map((one) =>
        one.number === field.model.graph ? messageField(one.number, inGraph(one.content!)) : one.bytes,
      ),
      later('file'),
    ]);
    const written = Buffer.from(
      await exportOnnx(new Sequential(importOnnx(model).cut('logits'), new Flatten(), new Linear({ in: 4, out: 2 }))),
    );
    for (const text of ['node', 'graph', 'file']) expect(written.includes(Buffer.from(later(text)))).toBe(true);
  });
  test("an old file lists its tensors as inputs, and the head's too", async () => {
    const old = buildModel({
      ...backbone,
      irVersion: 3,
      inputs: {
        x: { shape: ['batch', 3, 8, 8] },
        w: { shape: [4, 3, 3, 3] },
        fc: { shape: [4, 10] },
        unused: { shape: [2] },
      },
    });
    await expectSameAsOnnxruntime(old, { x: floats([2, 3, 8, 8], noise(1)) });
    await expectRoundTrip(
      new Sequential(importOnnx(old).cut('logits'), new Flatten(), new Linear({ in: 4, out: 2 })).initialize(3),
      [3, 8, 8],
    );
  });
  test('two imported graphs in one model are refused', () =>
    expect(exportOnnx(new Sequential(importOnnx(original).cut('m'), importOnnx(original)))).rejects.toThrow(
      'more than one imported graph',
    ));
});

test('functions of the file and subgraphs are copied', async () => {
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: [1, 2] } },
      outputs: ['y'],
      domains: { my: 1 },
      constants: { w: floats([2, 2], [1, 2, 3, 4]), two: longs([2], []) },
      functions: [{ domain: 'my', name: 'Twice', inputs: ['a'], outputs: ['b'], nodes: [['Add', ['a', 'a'], ['b']]] }],
      nodes: [
        ['my.Twice', ['x'], ['h']],
        ['Size', ['x'], ['size']],
        ['Equal', ['size', 'two'], ['same']],
        [
          'If',
          ['same'],
          ['y'],
          {
            then_branch: subgraph({ inputs: {}, outputs: ['t'], nodes: [['MatMul', ['h', 'w'], ['t']]] }),
            else_branch: subgraph({ inputs: {}, outputs: ['e'], nodes: [['Neg', ['h'], ['e']]] }),
          },
        ],
      ],
    }),
  );
  const weight = model.weights.get('w')!;
  weight.take(
    tensor([
      [1, 2],
      [3, 5],
    ]),
  );
  const { y } = await runInOnnxruntime(await exportOnnx(model), { x: floats([1, 2], [1, 2]) });
  expect(Array.from(y!.data as Float32Array)).toEqual([14, 24]);
});
