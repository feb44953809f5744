import { createApp, definePlugin, apiVersion } from '@graft/plugin';
import { layersPlugin, TrainingRun } from '@graft/layers';
import { mean, mul, Random, square, tensor, tensorPlugin, valueAndGrad } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectClose, expectSameAsOnnxruntime, runInOnnxruntime } from '../test/onnxruntime.ts';
import { exportOnnx, importOnnx, mapBeforePooling, onnxOperator, onnxPlugin, operator } from './index.ts';
import { buildModel, floats, longs, type ModelSketch, noise } from './testing/index.ts';
import { float } from './proto/write.ts';

const ones = (shape: readonly number[]) => floats(shape, () => 1);

/** Convolution, batch norm, hard-swish written out, pooling, and a classifier: what files are made of. */
const network: ModelSketch = {
  inputs: { x: { shape: ['N', 3, 8, 8] } },
  outputs: ['logits'],
  opset: 13,
  constants: {
    'conv.weight': floats([4, 3, 3, 3], noise(1)),
    'bn.weight': ones([4]),
    'bn.bias': floats([4], noise(2)),
    'bn.mean': floats([4], noise(3)),
    'bn.var': ones([4]),
    three: floats([1], [3]),
    low: floats([], [0]),
    high: floats([], [6]),
    six: floats([1], [6]),
    scale: floats([1, 4, 1, 1], noise(4)),
    'fc.weight': floats([5, 4], noise(5)),
    'fc.bias': floats([5], noise(6)),
    zero: longs([0], []),
    first: longs([0]),
    last: longs([-1]),
  },
  nodes: [
    ['Conv', ['x', 'conv.weight'], ['c'], { pads: [1, 1, 1, 1] }, 'conv'],
    ['BatchNormalization', ['c', 'bn.weight', 'bn.bias', 'bn.mean', 'bn.var'], ['b'], {}, 'bn'],
    ['Add', ['b', 'three'], ['b3']],
    ['Clip', ['b3', 'low', 'high'], ['clipped']],
    ['Mul', ['b', 'clipped'], ['bc']],
    ['Div', ['bc', 'six'], ['swished']],
    ['Mul', ['swished', 'scale'], ['scaled'], {}, 'scale'],
    ['GlobalAveragePool', ['scaled'], ['pooled'], {}, 'pool'],
    // Dynamic batch: the shape is taken apart and put together.
    ['Shape', ['pooled'], ['shape']],
    ['Gather', ['shape', 'zero'], ['n']],
    ['Unsqueeze', ['n', 'first'], ['n1']],
    ['Concat', ['n1', 'last'], ['target'], { axis: 0 }],
    ['Reshape', ['pooled', 'target'], ['features']],
    ['Gemm', ['features', 'fc.weight', 'fc.bias'], ['logits'], { transB: 1 }, 'fc'],
  ],
};
const bytes = buildModel(network);
const picture = (batch: number) => floats([batch, 3, 8, 8], noise(9));
const input = (batch = 2) => {
  const { data, shape } = picture(batch);
  return tensor(data, { shape });
};

test.each([1, 3])('computes what onnxruntime does on a batch of %i', (batch) =>
  expectSameAsOnnxruntime(bytes, { x: picture(batch) }),
);

test('is split at the map that its features are pooled from', () => {
  const model = importOnnx(bytes, { outputs: ['features'] });
  expect(mapBeforePooling(model)).toBe('scaled');
  const whole = model.forward(input());
  expect(model.after('scaled').forward(model.cut('scaled').forward(input())).numbers()).toEqual(whole.numbers());
  // A map that is the output, and one that goes on through layers, are pooled by nobody here.
  expect(mapBeforePooling(importOnnx(bytes, { outputs: ['scaled'] }))).toBeUndefined();
  const convolved = buildModel({
    inputs: { x: { shape: ['N', 1, 4, 4] } },
    outputs: ['y'],
    constants: { w: floats([2, 1, 4, 4], noise(1)) },
    nodes: [['Conv', ['x', 'w'], ['y']]],
  });
  expect(mapBeforePooling(importOnnx(convolved))).toBeUndefined();
});
test('distinguishes weights, buffers and constants', () => {
  const model = importOnnx(bytes);
  expect([...model.parameters()].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
    'conv.weight weight',
    'bn.weight weight',
    'bn.bias weight',
    'bn.mean buffer',
    'bn.var buffer',
    'scale weight',
    'fc.weight weight',
    'fc.bias weight',
  ]);
  expect([...model.constants.keys()].sort()).toEqual(['first', 'high', 'last', 'low', 'six', 'three', 'zero']);
});

test('reads weights from Constant nodes', () => {
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: ['N', 2] } },
      outputs: ['y'],
      nodes: [
        ['Constant', [], ['w'], { value: floats([2, 3], noise(1)) }],
        ['Constant', [], ['half'], { value_float: float(0.5) }],
        ['MatMul', ['x', 'w'], ['h']],
        ['Mul', ['h', 'half'], ['y']],
      ],
    }),
  );
  expect([...model.weights.keys()]).toEqual(['w']);
  expect(model.constants.get('half')!.item()).toBe(0.5);
  expect(model.nodes.map((node) => node.type)).toEqual(['MatMul', 'Mul']);
});

test('tensors of equal values that PyTorch wrote once are separate parameters', async () => {
  const bytes = buildModel({
    inputs: { x: { shape: ['N', 2, 3, 3] } },
    outputs: ['y'],
    constants: { one: ones([2]), zero: floats([2], [0, 0]) },
    nodes: [
      ['Identity', ['one'], ['var']],
      ['Identity', ['var'], ['var2']],
      ['Identity', ['zero'], ['mean']],
      ['BatchNormalization', ['x', 'one', 'zero', 'mean', 'var2'], ['y']],
    ],
  });
  const model = importOnnx(bytes);
  expect([...model.weights].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
    'one weight',
    'zero weight',
    'mean buffer',
    'var2 buffer',
  ]);
  expect(model.nodes).toHaveLength(1);
  await expectSameAsOnnxruntime(bytes, { x: floats([2, 2, 3, 3], noise(1)) });
  model.weights.get('mean')!.take(tensor([0.5, -0.5]));
  const x = floats([1, 2, 3, 3], noise(1));
  const [written] = Object.values(await runInOnnxruntime(await exportOnnx(model), { x }));
  expectClose(model.forward(tensor(x.data, { shape: x.shape })).arraySync(), written!.data, 1e-6);
  expect(
    importOnnx(await exportOnnx(model))
      .weights.get('zero')!
      .value.numbers(),
  ).toEqual([0, 0]);
});

test('a file exported in training mode is written for inference, as it is computed', async () => {
  const statistics = { s: ones([4]), b: floats([4], noise(3)), m: floats([4], noise(4)), v: floats([4], (i) => 1 + i) };
  const bytes = buildModel({
    inputs: { x: { shape: ['N', 4, 3, 3] } },
    outputs: ['y'],
    opset: 17,
    constants: {
      ...statistics,
      ratio: { shape: [], dtype: 'float32', data: Float32Array.of(0.5) },
      training: { shape: [], dtype: 'bool', data: Uint8Array.of(1) },
    },
    nodes: [
      ['BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['n', 'mean', 'variance'], { training_mode: 1 }],
      ['Dropout', ['n', 'ratio', 'training'], ['y', 'mask']],
    ],
  });
  const model = importOnnx(bytes);
  const x = floats([2, 4, 3, 3], noise(5));
  const computed = model.forward(tensor(x.data, { shape: x.shape })).arraySync();
  const [written] = Object.values(await runInOnnxruntime(await exportOnnx(model), { x }));
  expectClose(computed, written!.data, 1e-6);
  const [plain] = Object.values(await runInOnnxruntime(bytes, { x }));
  const differences = Array.from(computed as Float32Array, (one, i) => Math.abs(one - Number(plain!.data[i])));
  expect(Math.max(...differences)).toBeGreaterThan(0.1); // it uses the statistics of the batch
});

test('training-only outputs are omitted', () => {
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: ['N', 2, 3, 3] } },
      outputs: ['y'],
      opset: 8,
      constants: { w: ones([2]), b: ones([2]), m: ones([2]), v: ones([2]) },
      nodes: [
        ['BatchNormalization', ['x', 'w', 'b', 'm', 'v'], ['y', 'new_mean', 'new_var', 'saved_mean', 'saved_var']],
      ],
    }),
  );
  expect(Object.fromEntries(model.shapes())).toEqual({ x: [1, 2, 3, 3], y: [1, 2, 3, 3] });
});

test('any value can be the output; parameters are shared', () => {
  const model = importOnnx(bytes);
  const cut = model.cut('pooled');
  expect(cut.forward(input()).shape).toEqual([2, 4, 1, 1]);
  expect(cut.weights.get('conv.weight')).toBe(model.weights.get('conv.weight'));
  expect([...cut.weights.keys()]).not.toContain('fc.weight');
  expect(() => model.cut('poled')).toThrow('Did you mean "pooled"?');
});

test('lists cuts, last first, none after the last weight', () => {
  const cuts = importOnnx(bytes).candidateCuts();
  expect(cuts.map(({ value, kind, features }) => [value, kind, features])).toEqual([
    ['features', 'vector', 4],
    ['pooled', 'vector', 4],
    ['scaled', 'map', 4],
  ]);
});

test('a clone has its own weights', () => {
  const model = importOnnx(bytes);
  const twin = model.clone();
  const before = model.forward(input()).numbers();
  const bias = twin.weights.get('fc.bias')!;
  bias.take(tensor([9, 9, 9, 9, 9]));
  expect(model.forward(input()).numbers()).toEqual(before);
  expect(twin.forward(input()).numbers()).not.toEqual(before);
});

describe('trains', () => {
  test('gradients reach every weight', () => {
    const model = importOnnx(bytes);
    const weights = [...model.parameters()]
      .map(([, parameter]) => parameter)
      .filter((parameter) => parameter.trainable);
    const { grads } = valueAndGrad(() => mean(square(model.forward(input(), new TrainingRun(new Random(1))))), weights);
    for (const [i, grad] of grads.entries())
      expect(
        grad.numbers().some((value) => Math.abs(value) > 1e-7),
        `gradient of ${weights[i]!.name}`,
      ).toBe(true);
  });

  test('batch norm uses the batch and updates its statistics, and frozen does neither', () => {
    const model = importOnnx(bytes).cut('b');
    const mean = model.weights.get('bn.mean')!;
    const before = mean.value.numbers();
    const still = model.forward(input()).numbers();

    const run = new TrainingRun(new Random(1));
    const trained = model.forward(input(), run).numbers();
    run.commit();
    expect(trained).not.toEqual(still);
    const batch = mean.value.numbers().map((value, i) => (value - 0.9 * before[i]!) / 0.1); // the file's momentum is 0.9
    expect(batch.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    expect(mean.value.numbers()).not.toEqual(before);

    const frozen = importOnnx(bytes).cut('b').freeze();
    const quiet = new TrainingRun(new Random(1));
    expect(frozen.forward(input(), quiet).numbers()).toEqual(still);
    quiet.commit();
    expect(frozen.weights.get('bn.mean')!.value.numbers()).toEqual(before);
  });
});

describe('operators', () => {
  test('uses the version that the file was written for', async () => {
    const sketch = (opset: number): Uint8Array =>
      buildModel({ inputs: { x: { shape: [2, 3, 2] } }, outputs: ['y'], opset, nodes: [['Softmax', ['x'], ['y']]] });
    for (const opset of [9, 13]) await expectSameAsOnnxruntime(sketch(opset), { x: floats([2, 3, 2], noise(1)) });
  });

  test('names unsupported operators', () => {
    const model = {
      model: buildModel({
        inputs: { x: {} },
        outputs: ['y'],
        nodes: [
          ['Relu', ['x'], ['h']],
          ['Sigmoyd', ['h'], ['y'], {}, 'last'],
        ],
      }),
      name: 'strange.onnx',
    };
    expect(() => importOnnx(model)).toThrow(
      'strange.onnx: Node "last" uses the operator Sigmoyd, which is not supported in operator set 17. Did you mean "Sigmoid"?',
    );
    expect(
      importOnnx(model, { outputs: ['h'] })
        .forward(tensor([-1, 1]))
        .numbers(),
    ).toEqual([0, 1]);
  });

  test('a plugin adds an operator in its own domain', async () => {
    const double = definePlugin({
      name: 'double',
      apiVersion,
      contributes: [onnxOperator(operator('Double', 1, ([x]) => mul(x!, 2), { domain: 'my.domain' }))],
    });
    const app = await createApp([tensorPlugin, layersPlugin, onnxPlugin, double]);
    const model = buildModel({
      inputs: { x: {} },
      outputs: ['y'],
      domains: { 'my.domain': 1 },
      nodes: [['my.domain.Double', ['x'], ['y']]],
    });
    expect(() => importOnnx(model)).toThrow('operator Double of domain "my.domain"');
    expect(
      importOnnx(model, { operators: app.all(onnxOperator) })
        .forward(tensor([1, 2]))
        .numbers(),
    ).toEqual([2, 4]);
  });

  test('names the node that does not accept its inputs', () => {
    const model = importOnnx(bytes);
    expect(() => model.forward(tensor(new Float32Array(2 * 2 * 8 * 8), { shape: [2, 2, 8, 8] }))).toThrow(
      /^Node "conv" \(Conv\): conv2d .* expects 3 input channels, got \[2, 2, 8, 8\]/,
    );
    const lacking = importOnnx(
      buildModel({ inputs: { x: {} }, outputs: ['y'], nodes: [['Conv', ['x'], ['y'], {}, 'lonely']] }),
    );
    expect(() => lacking.forward(input())).toThrow('Node "lonely" (Conv): Conv-1 expects 2 to 3 inputs, got 1.');
  });
});

describe('layer groups', () => {
  const stages = (names: readonly string[], node: (name: string) => string): string[] => {
    const constants = Object.fromEntries(names.map((name, i) => [name, floats([2, 2, 1, 1], noise(i))]));
    const nodes = names.map((name, i): ModelSketch['nodes'][number] => [
      'Conv',
      [i ? `v${i}` : 'x', name],
      [`v${i + 1}`],
      i % 2 ? { strides: [2, 2] } : {},
      node(name),
    ]);
    return importOnnx(
      buildModel({ inputs: { x: { shape: [1, 2, 64, 64] } }, outputs: [`v${names.length}`], constants, nodes }),
    )
      .layerGroups()
      .map((group) => `${group.name} ${group.parameters.length}`);
  };
  const torch = ['conv1', 'layer1.0.conv1', 'layer1.0.conv2', 'layer2.0.conv1', 'layer2.1.conv1', 'fc'];
  test('from the names of weights', () =>
    expect(
      stages(
        torch.map((name) => `${name}.weight`),
        () => '',
      ),
    ).toEqual(['conv1 1', 'layer1 2', 'layer2 2', 'fc 1']));
  test('from the scopes of nodes, where an exporter renamed the weights', () =>
    expect(
      stages(
        ['onnx::Conv_1', 'onnx::Conv_2', 'onnx::Conv_3', 'onnx::Conv_4'],
        (name) =>
          ({
            1: '/conv1/Conv',
            2: '/layer1/layer1.0/conv1/Conv',
            3: '/layer1/layer1.1/conv1/Conv',
            4: '/layer2/layer2.0/conv1/Conv',
          })[name.at(-1)!]!,
      ),
    ).toEqual(['conv1 1', 'layer1.0 1', 'layer1.1 1', 'layer2 1']));
  test('one level down, where there is one large module', () =>
    expect(
      stages(
        ['features.0.0.weight', 'features.1.conv.weight', 'features.2.conv.weight', 'classifier.1.weight'],
        () => '',
      ),
    ).toEqual(['features.0 1', 'features.1 1', 'features.2 1', 'classifier 1']));
  test('inside an encoder that is nearly everything', () =>
    expect(
      stages(
        [
          'proj',
          'tokens',
          ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `encoder.layers.layer_${i}.mlp`),
          'encoder.ln',
          'head',
        ].map((name) => `${name}.weight`),
        () => '',
      ),
    ).toEqual([
      'proj 1',
      'tokens 1',
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `encoder.layers.layer_${i} 1`),
      'encoder.ln 1',
      'head 1',
    ]));
  test('from downsampling, if names are not informative', () =>
    expect(stages(['a_0', 'a_1', 'a_2', 'a_3'], () => '')).toEqual(['stage1 1', 'stage2 2', 'stage3 1']));
});

test('initial states and class weights are constants', () => {
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: [3, 1, 2] } },
      outputs: ['y'],
      constants: {
        w: floats([1, 8, 2], noise(1)),
        r: floats([1, 8, 2], noise(2)),
        h: floats([1, 1, 2], noise(3)),
        c: floats([1, 1, 2], noise(4)),
      },
      nodes: [['LSTM', ['x', 'w', 'r', '', '', 'h', 'c'], ['y'], { hidden_size: 2 }]],
    }),
  );
  expect([...model.weights.keys()]).toEqual(['w', 'r']);
  expect(
    importOnnx(
      buildModel({
        inputs: { x: { shape: [2, 3] }, t: { dtype: 'int64', shape: [2] } },
        outputs: ['y'],
        constants: { w: floats([3], noise(1)) },
        nodes: [['SoftmaxCrossEntropyLoss', ['x', 't', 'w'], ['y']]],
      }),
    ).weights.size,
  ).toBe(0);
});

test('numbers that only determine a shape or scales, even indirectly, are not weights', () => {
  const model = importOnnx(
    buildModel({
      inputs: { x: { shape: [1, 2, 3, 3] } },
      outputs: ['y'],
      constants: { w: floats([2], noise(1)), batch: floats([2], [1, 1]), size: floats([2], [2, 2]) },
      nodes: [
        ['Concat', ['batch', 'size'], ['scales'], { axis: 0 }],
        ['Resize', ['x', '', 'scales'], ['r'], { mode: 'nearest' }],
        ['Transpose', ['r'], ['t'], { perm: [0, 2, 3, 1] }],
        ['Mul', ['t', 'w'], ['y']],
      ],
    }),
  );
  expect([...model.weights.keys()]).toEqual(['w']);
});
