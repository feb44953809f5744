import { type DType, type HostArray, toArray } from '@graft/tensor';
import { expect, test } from 'vitest';
import { runInOnnxruntime } from '../../test/onnxruntime.ts';
import { dequantizeOnnx, exportOnnx, importOnnx, readModel } from '../index.ts';
import { buildModel, floats, longs, type ModelSketch, noise } from '../testing/index.ts';

/** Integers of the whole range of a type. */
const integers = (dtype: 'uint8' | 'int8' | 'int32', shape: readonly number[], seed = 1): HostArray => {
  const { data } = floats([...shape], noise(seed));
  const shift = dtype === 'uint8' ? 128 : 0;
  const values = Array.from(data as Float32Array, (value) => Math.round(120 * value) + shift);
  return { shape, dtype, data: toArray(values, dtype) };
};
const one = (dtype: DType, value: number): HostArray => ({
  shape: [],
  dtype,
  data: dtype === 'int8' ? Int8Array.of(value) : Uint8Array.of(value),
});
const scale = (value: number): HostArray => floats([], () => value);
/** The quantisation of activations around zero, and of positive ones. */
const quantities = { qs: scale(0.02), qz: one('uint8', 128), ps: scale(0.02), pz: one('uint8', 0) };
const quantised: ModelSketch['nodes'] = [['QuantizeLinear', ['x', 'qs', 'qz'], ['xq']]];
const dequantised: ModelSketch['nodes'] = [['DequantizeLinear', ['yq', 'ps', 'pz'], ['y']]];
const microsoft = { 'com.microsoft': 1 };
const sketch = (more: Partial<ModelSketch> & Pick<ModelSketch, 'nodes'>): ModelSketch => ({
  inputs: { x: { shape: ['N', 3, 6, 6] } },
  outputs: ['y'],
  ...more,
});
const rows = (more: Partial<ModelSketch> & Pick<ModelSketch, 'nodes'>): ModelSketch =>
  sketch({ inputs: { x: { shape: ['N', 8] } }, ...more });

/** Quantised networks, and whether floats give the same up to rounding. */
const networks: Readonly<Record<string, { readonly model: ModelSketch; readonly isExact?: boolean }>> = {
  'weights with a scale for each channel': {
    isExact: true,
    model: sketch({
      constants: {
        w: integers('int8', [4, 3, 3, 3]),
        s: floats([4], (i) => 0.01 + i / 500),
        z: { shape: [4], dtype: 'int8', data: Int8Array.of(1, -2, 0, 3) },
      },
      nodes: [
        ['DequantizeLinear', ['w', 's', 'z'], ['wf'], { axis: 0 }],
        ['Conv', ['x', 'wf'], ['y']],
      ],
    }),
  },
  'weights in blocks': {
    isExact: true,
    model: rows({
      opset: 21,
      irVersion: 10,
      constants: {
        w: integers('int8', [8, 5]),
        s: floats([4, 5], (i) => 0.01 + i / 500),
        z: integers('int8', [4, 5], 3),
      },
      nodes: [
        ['DequantizeLinear', ['w', 's', 'z'], ['wf'], { axis: 0, block_size: 2 }],
        ['MatMul', ['x', 'wf'], ['y']],
      ],
    }),
  },
  'rows of a table': {
    isExact: true,
    model: sketch({
      inputs: { x: { dtype: 'int64', shape: ['N'] } },
      constants: { w: integers('int8', [9, 4]), s: scale(0.02), z: one('int8', 3) },
      nodes: [
        ['Gather', ['w', 'x'], ['rows']],
        ['Transpose', ['rows'], ['columns']],
        ['DequantizeLinear', ['columns', 's', 'z'], ['y']],
      ],
    }),
  },
  'an activation that limits itself by its range': {
    model: sketch({
      constants: { ...quantities, w: integers('int8', [4, 3, 3, 3]), s: scale(0.004), z: one('int8', 0) },
      nodes: [
        ...quantised,
        ['DequantizeLinear', ['xq', 'qs', 'qz'], ['xf']],
        ['DequantizeLinear', ['w', 's', 'z'], ['wf']],
        ['Conv', ['xf', 'wf'], ['c']],
        ['QuantizeLinear', ['c', 'ps', 'pz'], ['yq']],
        ...dequantised,
      ],
    }),
  },
  'integers that are moved, padded, joined and pooled': {
    model: sketch({
      constants: {
        ...quantities,
        own: integers('uint8', [1, 3, 6, 6], 5),
        pads: longs([0, 0, 1, 1, 0, 0, 1, 1]),
        fill: one('uint8', 150),
      },
      nodes: [
        ...quantised,
        ['Concat', ['xq', 'own'], ['joined'], { axis: 0 }],
        ['Transpose', ['joined'], ['turned'], { perm: [0, 1, 3, 2] }],
        ['Pad', ['turned', 'pads', 'fill'], ['padded']],
        ['MaxPool', ['padded'], ['pooled'], { kernel_shape: [2, 2], strides: [2, 2] }],
        ['DequantizeLinear', ['pooled', 'qs', 'qz'], ['y']],
      ],
    }),
  },
  QLinearConv: {
    model: sketch({
      constants: {
        ...quantities,
        w: integers('int8', [4, 3, 3, 3]),
        s: floats([4], (i) => 0.002 + i / 3000),
        z: { shape: [4], dtype: 'int8', data: new Int8Array(4) },
        b: { shape: [4], dtype: 'int32', data: Int32Array.of(900, -500, 2000, 0) },
      },
      nodes: [
        ...quantised,
        [
          'QLinearConv',
          ['xq', 'qs', 'qz', 'w', 's', 'z', 'ps', 'pz', 'b'],
          ['yq'],
          { strides: [2, 2], pads: [1, 1, 1, 1] },
        ],
        ...dequantised,
      ],
    }),
  },
  QLinearMatMul: {
    model: rows({
      constants: {
        ...quantities,
        w: integers('int8', [8, 5]),
        s: floats([5], (i) => 0.002 + i / 3000),
        z: { shape: [5], dtype: 'int8', data: new Int8Array(5) },
      },
      nodes: [...quantised, ['QLinearMatMul', ['xq', 'qs', 'qz', 'w', 's', 'z', 'ps', 'pz'], ['yq']], ...dequantised],
    }),
  },
  'ConvInteger of dynamically quantised values': {
    model: sketch({
      constants: {
        w: integers('uint8', [4, 3, 3, 3]),
        wz: one('uint8', 120),
        ws: scale(0.003),
        b: floats([1, 4, 1, 1], noise(4)),
      },
      nodes: [
        ['DynamicQuantizeLinear', ['x'], ['q', 's', 'z']],
        ['ConvInteger', ['q', 'w', 'z', 'wz'], ['i'], { pads: [1, 1, 1, 1] }],
        ['Cast', ['i'], ['f'], { to: 1 }],
        ['Mul', ['s', 'ws'], ['scales']],
        ['Mul', ['f', 'scales'], ['c']],
        ['Add', ['c', 'b'], ['y']],
      ],
    }),
  },
  'MatMulInteger with a scale for each column': {
    model: rows({
      constants: { w: integers('int8', [8, 5]), wz: one('int8', 0), ws: floats([5], (i) => 0.003 + i / 2000) },
      nodes: [
        ['DynamicQuantizeLinear', ['x'], ['q', 's', 'z']],
        ['MatMulInteger', ['q', 'w', 'z', 'wz'], ['i']],
        ['Cast', ['i'], ['f'], { to: 1 }],
        ['Mul', ['ws', 's'], ['scales']],
        ['Mul', ['scales', 'f'], ['y']],
      ],
    }),
  },
  'MatMulInteger with an integer bias': {
    model: rows({
      constants: { ...quantities, w: integers('int8', [8, 5]), b: integers('int32', [5], 7), ws: scale(0.0001) },
      nodes: [
        ...quantised,
        ['MatMulInteger', ['xq', 'w', 'qz'], ['i']],
        ['Add', ['i', 'b'], ['sum']],
        ['Cast', ['sum'], ['f'], { to: 1 }],
        ['Mul', ['f', 'ws'], ['y']],
      ],
    }),
  },
  "onnxruntime's product": {
    model: rows({
      domains: microsoft,
      constants: { w: integers('int8', [8, 5]), ws: scale(0.003), wz: one('int8', 2), b: floats([5], noise(3)) },
      nodes: [['com.microsoft.DynamicQuantizeMatMul', ['x', 'w', 'ws', 'wz', 'b'], ['y']]],
    }),
  },
  "onnxruntime's operators": {
    model: rows({
      domains: microsoft,
      constants: {
        ...quantities,
        w: integers('int8', [5, 8]),
        s: floats([5], (i) => 0.002 + i / 3000),
        z: { shape: [5], dtype: 'int8', data: new Int8Array(5) },
        b: { shape: [5], dtype: 'int32', data: Int32Array.of(900, -500, 2000, 0, 100) },
        ss: scale(1 / 256),
      },
      nodes: [
        ...quantised,
        ['com.microsoft.QGemm', ['xq', 'qs', 'qz', 'w', 's', 'z', 'b', 'qs', 'qz'], ['g'], { transB: 1 }],
        ['com.microsoft.QLinearLeakyRelu', ['g', 'qs', 'qz', 'qs', 'qz'], ['l'], { alpha: 0.125 }],
        ['com.microsoft.QLinearSigmoid', ['g', 'qs', 'qz', 'ss', 'pz'], ['sg']],
        ['com.microsoft.QLinearMul', ['l', 'qs', 'qz', 'sg', 'ss', 'pz', 'qs', 'qz'], ['m']],
        ['com.microsoft.QLinearAdd', ['m', 'qs', 'qz', 'g', 'qs', 'qz', 'qs', 'qz'], ['a']],
        ['com.microsoft.QLinearConcat', ['qs', 'qz', 'a', 'qs', 'qz', 'l', 'qs', 'qz'], ['j'], { axis: 1 }],
        ['DequantizeLinear', ['j', 'qs', 'qz'], ['y']],
      ],
    }),
  },
};

test.each(Object.keys(networks))('%s: floats give nearly the same in onnxruntime, and here', async (name) => {
  const { model, isExact = false } = networks[name]!;
  const bytes = buildModel(model);
  const file = dequantizeOnnx(bytes);
  expect(file.nodes.filter(({ opType }) => /[qQ]uantize|QLinear|QGemm|Integer/.test(opType))).toEqual([]);
  const [, ...rest] = model.inputs['x']!.shape as number[];
  const x: HostArray =
    model.inputs['x']!.dtype === 'int64' ? longs([5, 0, 8]) : floats([2, ...rest], (i) => 1.5 * noise(9)(i));
  const [expected, found] = [
    (await runInOnnxruntime(bytes, { x }))['y']!.data as Float32Array,
    (await runInOnnxruntime(await exportOnnx(importOnnx(file)), { x }))['y']!.data as Float32Array,
  ];
  expect(found).toHaveLength(expected.length);
  const most = Math.max(...expected.map(Math.abs));
  expect(most).toBeGreaterThan(0.3);
  const differences = Array.from(found, (value, i) => Math.abs(value - expected[i]!) / most);
  expect(Math.max(...differences)).toBeLessThan(isExact ? 1e-6 : 0.03);
});

test('the weights of a dequantised network are trained, and those of a quantised one are not', () => {
  const weightsOf = (model: Parameters<typeof importOnnx>[0]): string[] =>
    [...importOnnx(model).weights].flatMap(([name, { kind }]) => (kind === 'weight' ? [name] : []));
  for (const [name, count] of [
    ['QLinearConv', 2],
    ['ConvInteger of dynamically quantised values', 2],
    ['weights with a scale for each channel', 1],
  ] as const) {
    const bytes = buildModel(networks[name]!.model);
    expect(weightsOf(dequantizeOnnx(bytes))).toHaveLength(count);
    expect(weightsOf(bytes).length).toBeLessThan(count);
  }
});
test('the scale of dynamically quantised weights is part of the floats', () => {
  const file = dequantizeOnnx(buildModel(networks['ConvInteger of dynamically quantised values']!.model));
  const weight = importOnnx(file).weights.get('w_float')!.value.numbers();
  expect(Math.max(...weight.map(Math.abs))).toBeLessThan(0.5);
  expect(file.nodes.filter(({ opType }) => opType === 'Mul')).toHaveLength(1); // of scales, which nothing reads
});
test('a network that is not quantised is refused', () =>
  expect(() =>
    dequantizeOnnx({ name: 'a.onnx', model: buildModel(sketch({ nodes: [['Relu', ['x'], ['y']]] })) }),
  ).toThrow('"a.onnx" is not quantised, so there is nothing to dequantise. Use it as it is.'));
test('integers that are computed with in other ways are refused', () => {
  const model = buildModel(
    sketch({
      constants: quantities,
      nodes: [...quantised, ['Cast', ['xq'], ['f'], { to: 1 }, 'odd'], ['Relu', ['f'], ['y']]],
    }),
  );
  expect(() => dequantizeOnnx({ name: 'a.onnx', model })).toThrow(
    'a.onnx: Node "odd" (Cast) computes with quantised numbers in a way that cannot be expressed in floats.',
  );
});
test('scales that do not match are refused', () => {
  const model = buildModel(
    sketch({
      constants: { w: integers('int8', [4, 3, 3, 3]), s: floats([5], () => 1) },
      nodes: [
        ['DequantizeLinear', ['w', 's'], ['wf'], { axis: 0 }],
        ['Conv', ['x', 'wf'], ['y']],
      ],
    }),
  );
  expect(() => dequantizeOnnx(readModel(model))).toThrow(/The scales "s" .*do not match integers of \[4, 3, 3, 3\]/);
});
