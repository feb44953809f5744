import { createWasmBackend } from '@graft/backend-wasm';
import {
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Flatten,
  GlobalAvgPool,
  Linear,
  ReLU,
  ReLU6,
  Sequential,
  TrainingRun,
} from '@graft/layers';
import { type HostArray, integers, mul, Random, scope, sub, tensor, valueAndGrad } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectClose, runImported, runInOnnxruntime } from '../../test/onnxruntime.ts';
import { exportOnnx, importOnnx, quantizeOnnx, readModel } from '../index.ts';
import { float } from '../proto/write.ts';
import { buildModel, floats, type ModelSketch, noise } from '../testing/index.ts';

const backend = await createWasmBackend();
const classes = 4;

/** Noisy stripes, 12×12: which of four ways they run is the class. */
function stripes(seed: number, count: number): { images: HostArray; labels: number[] } {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const data = new Float32Array(count * 144);
  for (const [n, label] of labels.entries()) {
    const [angle, phase] = [(label * Math.PI) / classes, random.range(0, 6)];
    for (let at = 0; at < 144; at++)
      data[n * 144 + at] =
        Math.sin(1.3 * ((at % 12) * Math.cos(angle) + Math.floor(at / 12) * Math.sin(angle)) + phase) +
        0.8 * random.normal();
  }
  return { images: { shape: [count, 1, 12, 12], dtype: 'float32', data }, labels };
}

/** Learns by plain gradient descent. */
async function train(net: Sequential, steps: number): Promise<Sequential> {
  await net.to(backend);
  const parameters = [...net.parameters()].map(([, parameter]) => parameter).filter(({ trainable }) => trainable);
  for (let step = 0; step < steps; step++)
    scope(() => {
      const { images, labels } = stripes(100 + step, 32);
      const run = new TrainingRun(new Random(step));
      const { grads } = valueAndGrad(
        () => crossEntropy()(net.forward(tensor(images.data, { shape: images.shape, backend }), run), integers(labels)),
        parameters,
      );
      parameters.forEach((parameter, i) => parameter.take(sub(parameter.value, mul(grads[i]!, 0.1))));
      run.commit();
    });
  return net;
}

const net = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 1, out: 16, kernel: 3, padding: 1 }),
    new BatchNorm2d({ features: 16 }),
    new ReLU(),
    new Conv2d({ in: 16, out: 64, kernel: 3, stride: 2, bias: false }),
    new BatchNorm2d({ features: 64 }),
    new ReLU6(),
    new Conv2d({ in: 64, out: 32, kernel: 3 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 32, out: classes }),
  ).initialize(1);
const depthwise = (): Sequential =>
  new Sequential(
    new Conv2d({ in: 1, out: 16, kernel: 3, padding: 1 }),
    new BatchNorm2d({ features: 16 }),
    new ReLU(),
    new Conv2d({ in: 16, out: 16, kernel: 3, groups: 16, stride: 2 }),
    new BatchNorm2d({ features: 16 }),
    new ReLU(),
    new Conv2d({ in: 16, out: 32, kernel: 1 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 32, out: classes }),
  ).initialize(1);

const held = stripes(7, 200);
const calibration = [stripes(8, 64).images, stripes(9, 64).images];
const logitsOf = async (bytes: Uint8Array): Promise<HostArray> =>
  Object.values(await runInOnnxruntime(bytes, { [readModel(bytes).inputs[0]!.name]: held.images }))[0]!;
const accuracyOf = ({ data }: HostArray): number => {
  const best = held.labels.map((_, n) =>
    Array.from({ length: classes }, (_, k) => Number(data[n * classes + k])).reduce(
      (most, value, k, all) => (value > all[most]! ? k : most),
      0,
    ),
  );
  return best.filter((label, n) => label === held.labels[n]).length / held.labels.length;
};
const errorOf = (got: HostArray, wanted: HostArray): number => {
  const square = (of: (i: number) => number): number =>
    Array.from({ length: wanted.data.length }, (_, i) => of(i) ** 2).reduce((a, b) => a + b, 0);
  return Math.sqrt(square((i) => Number(got.data[i]) - Number(wanted.data[i])) / square((i) => Number(wanted.data[i])));
};

describe('a trained network', async () => {
  const bytes = await exportOnnx(await train(net(), 60), {
    inputShape: [1, 12, 12],
    labels: ['—', '\\', '|', '/'],
    metadata: { author: 'me' },
  });
  const quantized = quantizeOnnx(bytes, { calibration, backend });

  test('predicts the same in onnxruntime and Graft, at a third of the size', async () => {
    const [before, after] = [await logitsOf(bytes), await logitsOf(await quantized)];
    expect(accuracyOf(before)).toBeGreaterThan(0.9);
    expect(accuracyOf(after)).toBeGreaterThan(accuracyOf(before) - 0.02);
    expect(errorOf(after, before)).toBeLessThan(0.05);
    expect(bytes.length / (await quantized).length).toBeGreaterThan(3);
    expectClose(
      runImported(importOnnx(await quantized), { input: held.images })
        .get('logits')!
        .arraySync(),
      after.data,
      0.03,
    );
    expect(Buffer.from(await quantizeOnnx(bytes, { calibration, backend })).equals(Buffer.from(await quantized))).toBe(
      true,
    );
  });
  test('keeps names and metadata; batch norms are folded, each layer is quantised', async () => {
    const [before, after] = [readModel(bytes), readModel(await quantized)];
    expect([after.inputs, after.outputs, after.metadata, after.opsets]).toEqual([
      before.inputs,
      before.outputs,
      before.metadata,
      before.opsets,
    ]);
    const kept = after.nodes.filter(({ opType }) => !opType.endsWith('Linear'));
    expect(kept.map(({ name }) => name)).toEqual(
      before.nodes.filter(({ opType }) => opType !== 'BatchNormalization').map(({ name }) => name),
    );
    for (const node of kept.filter(({ opType }) => /Conv|Gemm/.test(opType)))
      for (const name of node.inputs)
        expect(after.nodes.find(({ outputs }) => outputs.includes(name))!.opType).toBe('DequantizeLinear');
    const typesOf = (pattern: RegExp): Set<string> =>
      new Set([...after.constants.values()].filter(({ name }) => pattern.test(name)).map((one) => one.read().dtype));
    expect([typesOf(/weight_quantized$/), typesOf(/bias_quantized$/), typesOf(/scale$/)]).toEqual([
      new Set(['int8']),
      new Set(['int32']),
      new Set(['float32']),
    ]);
    expect(
      [...after.constants.values()]
        .filter((one) => one.read().dtype === 'float32' && one.read().data.length > 1)
        .every(({ name }) => name.endsWith('scale')),
    ).toBe(true);
    // What an activation cuts off takes none of the 256 steps.
    const results = after.nodes.filter(
      ({ opType, inputs }) =>
        opType === 'QuantizeLinear' &&
        /relu|clip/i.test(before.nodes.find(({ outputs }) => outputs[0] === inputs[0])?.opType ?? ''),
    );
    expect(results.map(({ inputs }) => Number(after.constants.get(inputs[2]!)!.read().data[0]))).toEqual([0, 0, 0]);
  });
  test('percentile bounds, and 7-bit weights', async () => {
    const spiked = [
      calibration[0]!,
      { ...calibration[1]!, data: (calibration[1]!.data as Float32Array).map((value, i) => (i % 5000 ? value : 500)) },
    ];
    const [wanted, all, most, seven] = (await Promise.all(
      [
        bytes,
        ...[{ calibration: spiked }, { calibration: spiked, percentile: 99.9 }, { calibration, reduceRange: true }].map(
          (options) => quantizeOnnx(bytes, { backend, ...options }),
        ),
      ].map(async (one) => logitsOf(await one)),
    )) as [HostArray, HostArray, HostArray, HostArray];
    expect(errorOf(most, wanted)).toBeLessThan(errorOf(all, wanted) / 5);
    expect(errorOf(seven, wanted)).toBeLessThan(0.08);
  });
});

test('a depthwise network needs a scale for each channel', async () => {
  const trained = await train(depthwise(), 60);
  // Folded batch norms leave depthwise filters of very different sizes (Nagel et al. 2019): here one that undoes a small scale before it.
  for (const [path, parameter] of trained.parameters()) {
    const factor = { '1.weight': 1 / 16, '1.bias': 1 / 16, '3.weight': 16 }[path];
    const { shape, size } = parameter.value;
    if (factor)
      parameter.take(
        tensor(
          (parameter.value.arraySync() as Float32Array).map((value, i) => (i < size / 16 ? value * factor : value)),
          { shape, backend },
        ),
      );
  }
  const bytes = await exportOnnx(trained, { inputShape: [1, 12, 12] });
  const wanted = await logitsOf(bytes);
  const [byChannel, together] = (await Promise.all(
    [true, false].map(async (perChannel) => logitsOf(await quantizeOnnx(bytes, { calibration, perChannel, backend }))),
  )) as [HostArray, HostArray];
  expect(accuracyOf(byChannel)).toBeGreaterThan(accuracyOf(wanted) - 0.02);
  expect(errorOf(byChannel, wanted)).toBeLessThan(0.05);
  expect(errorOf(together, wanted)).toBeGreaterThan(2 * errorOf(byChannel, wanted));
});

describe('graphs from other exporters', () => {
  const sketch: ModelSketch = {
    inputs: { x: { shape: ['N', 3, 6, 6] } },
    outputs: ['y', 'c'],
    constants: {
      w: floats([4, 3, 3, 3], noise(1)),
      b: floats([4], noise(2)),
      fc: floats([4, 5], noise(3)),
      shift: floats([5], noise(4)),
    },
    nodes: [
      ['Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }],
      ['Sigmoid', ['c'], ['s']],
      ['Mul', ['c', 's'], ['m']],
      ['GlobalAveragePool', ['m'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['MatMul', ['f', 'fc'], ['z']],
      ['Add', ['z', 'shift'], ['y']],
    ],
  };
  const images = [floats([8, 3, 6, 6], noise(5))];
  test.each<[string, Partial<ModelSketch>, number]>([
    ['several outputs, a product without a bias', {}, 0.02],
    [
      'products of a Gemm, transposed and scaled',
      {
        constants: { ...sketch.constants, fc: floats([5, 4], noise(3)) },
        nodes: [...sketch.nodes.slice(0, 5), ['Gemm', ['f', 'fc', 'shift'], ['y'], { transB: 1, alpha: float(0.5) }]],
      },
      0.02,
    ],
    [
      'weights that a Constant node holds and an Identity hands out',
      {
        constants: { b: floats([4], noise(2)), one: floats([5], noise(4)), fc: floats([4, 5], noise(3)) },
        nodes: [
          ['Constant', [], ['w'], { value: floats([4, 3, 3, 3], noise(1)) }],
          ['Identity', ['one'], ['shift']],
          ...sketch.nodes.slice(0, 5),
          ['Gemm', ['f', 'fc', 'shift'], ['y']],
        ],
      },
      0.02,
    ],
    ['an old operator set is written anew', { opset: 9, outputs: ['y'] }, 0.02],
    [
      'the result of a layer that nothing follows stays in floats',
      { outputs: ['c'], nodes: sketch.nodes.slice(0, 1) },
      0.02,
    ],
  ])('%s', async (_, changes, tolerance) => {
    const bytes = buildModel({ ...sketch, ...changes });
    const quantized = await quantizeOnnx(bytes, { calibration: images.map((one) => new Map([['x', one]])) });
    const [wanted, got, own] = [
      await runInOnnxruntime(bytes, { x: images[0]! }),
      await runInOnnxruntime(quantized, { x: images[0]! }),
      runImported(importOnnx(quantized), { x: images[0]! }),
    ];
    for (const [name, { data }] of Object.entries(wanted)) {
      expectClose(got[name]!.data, data, tolerance);
      expectClose(own.get(name)!.arraySync(), data, tolerance);
    }
  });
  test('a large bias with small weights is exact', async () => {
    const bytes = buildModel({
      ...sketch,
      outputs: ['c'],
      nodes: sketch.nodes.slice(0, 1),
      constants: { w: floats([4, 3, 3, 3], () => 1e-12), b: floats([4], [1e3, -2, 0, 5]) },
    });
    const { c } = await runInOnnxruntime(await quantizeOnnx(bytes, { calibration: images }), { x: images[0]! });
    for (const [channel, value] of [1e3, -2, 0, 5].entries())
      expect(Number(c!.data[36 * channel])).toBeCloseTo(value, 3);
  });

  const refused = (changes: Partial<ModelSketch>, calibration: readonly HostArray[] = images): Promise<unknown> =>
    quantizeOnnx(buildModel({ ...sketch, ...changes }), { calibration });
  test.each<[string, Partial<ModelSketch>]>([
    [
      'The model has no Conv, Gemm or MatMul among its 1 nodes, so there is nothing to quantise.',
      { outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] },
    ],
    [
      'The model is already quantised: node "QuantizeLinear_0" is QuantizeLinear. Quantise the original float model.',
      { outputs: ['y'], nodes: [['QuantizeLinear', ['x', 'scale'], ['y']]], constants: { scale: floats([], [1]) } },
    ],
    [
      'No Conv, Gemm or MatMul of the model has constant weights: "x" of node "MatMul_0" (MatMul) is computed while the model runs.',
      { outputs: ['y'], nodes: [['MatMul', ['x', 'x'], ['y']]] },
    ],
    [
      '"w" of node "MatMul_0" (MatMul) is float64. Quantise a float32 model.',
      {
        inputs: { x: { dtype: 'float64', shape: [2, 2] } },
        outputs: ['y'],
        nodes: [['MatMul', ['x', 'w'], ['y']]],
        constants: { w: { shape: [2, 2], dtype: 'float64', data: Float64Array.of(1, 2, 3, 4) } },
      },
    ],
    [
      'became Infinity on the calibration data',
      { constants: { ...sketch.constants, b: floats([4], [0, 0, 0, Infinity]) } },
    ],
    [
      'has 2 inputs and 1 outputs, and only models with one of each can be rewritten',
      {
        opset: 9,
        inputs: { ...sketch.inputs, q: { shape: [5] } },
        outputs: ['y'],
        nodes: [...sketch.nodes.slice(0, 6), ['Add', ['z', 'q'], ['y']]],
      },
    ],
    [
      'The model has 2 inputs (x, q).',
      {
        inputs: { ...sketch.inputs, q: { shape: [5] } },
        outputs: ['y'],
        nodes: [...sketch.nodes.slice(0, 6), ['Add', ['z', 'q'], ['y']]],
      },
    ],
  ])('%s', (message, changes) => expect(refused(changes)).rejects.toThrow(message));
  test('missing or mismatched calibration data', async () => {
    await expect(refused({}, [])).rejects.toThrow('quantizeOnnx expects at least one calibration batch, got none.');
    await expect(refused({}, [floats([2, 1, 6, 6], noise(1))])).rejects.toThrow('model.onnx: Node "Conv_0" (Conv)');
    await expect(refused({}, [floats([1, 3, 6, 6], () => Number.NaN)])).rejects.toThrow(
      '"x" became NaN on the calibration data',
    );
    await expect(quantizeOnnx(buildModel(sketch), { calibration: images, percentile: 0 })).rejects.toThrow(
      'quantizeOnnx expects a percentile in (0, 100], got 0.',
    );
    await expect(quantizeOnnx(new Uint8Array(40).fill(7), { calibration: images })).rejects.toThrow(
      'is not an ONNX model',
    );
  });
});
test('an outlier that makes the rest of a channel 0 is reported with its factor', async () => {
  const model = (weight: (i: number) => number, scale: number): Uint8Array =>
    buildModel({
      inputs: { x: { shape: ['N', 16] } },
      outputs: ['y'],
      constants: { w: floats([16, 16], weight), s: floats([], () => scale) },
      nodes: [
        ['Mul', ['x', 's'], ['m']],
        ['MatMul', ['m', 'w'], ['y']],
      ],
    });
  const warningsOf = async (bytes: Uint8Array, data: Float32Array): Promise<string[]> => {
    const warnings: string[] = [];
    await quantizeOnnx(bytes, {
      calibration: [{ shape: [data.length / 16, 16], dtype: 'float32', data }],
      onWarning: (message) => warnings.push(message),
    });
    return warnings;
  };
  const usual = (i: number): number => Math.sin(1 + i) + 0.1;
  const data = Float32Array.from({ length: 16_000 }, (_, i) => usual(i));
  expect(await warningsOf(model(usual, 1), data)).toEqual([]);
  expect(
    await warningsOf(
      model((i) => (i === 37 ? 100_000 : usual(i)), 1),
      data,
    ),
  ).toEqual([
    expect.stringMatching(
      /^The weight "w" contains 100000, 1\d0,000 times the median magnitude of its channel 5: in 8 bits, most other values there become 0\. /,
    ),
  ]);
  const spike = data.slice();
  spike[5] = -100_000;
  expect(await warningsOf(model(usual, 1), spike)).toEqual([
    expect.stringMatching(/^The value "m" reaches -100000 on the calibration data, [\d,]+ times its mean magnitude: /),
    expect.stringMatching(/^The value "y" reaches /),
  ]);
});
test('named weights stay floats', async () => {
  const bytes = await exportOnnx(net().initialize(1), { inputShape: [1, 12, 12] });
  const name = readModel(bytes).nodes.find(({ opType }) => opType === 'Gemm')!.inputs[1]!;
  const whole = readModel(await quantizeOnnx(bytes, { calibration, backend }));
  const some = readModel(await quantizeOnnx(bytes, { calibration, backend, unquantized: [name] }));
  const integersIn = ({ constants }: typeof whole): string[] =>
    [...constants].flatMap(([key, one]) => (one.read().dtype === 'int8' && one.read().shape.length > 1 ? [key] : []));
  expect(integersIn(whole)).toEqual([...integersIn(some), expect.stringContaining(name)]);
  expect(some.constants.get(name)!.read()).toEqual(readModel(bytes).constants.get(name)!.read());
});
