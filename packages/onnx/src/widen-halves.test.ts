import { Linear, Sequential, type Module } from '@graft/layers';
import { type DType, type HostArray, tensor, toArray, toNumbers } from '@graft/tensor';
import { expect, test } from 'vitest';
import { expectClose, runInOnnxruntime } from '../test/onnxruntime.ts';
import {
  adaptOnnxInput,
  exportOnnx,
  freeBatch,
  importOnnx,
  OnnxModel,
  quantizeOnnx,
  readModel,
  usesHalves,
  widenOnnx,
} from './index.ts';
import { buildModel, floats, longs, type ModelSketch, noise, subgraph } from './testing/index.ts';

const weight = (...shape: number[]) => floats(shape, noise(shape.length));
const half = ({ shape, data }: HostArray, dtype: DType = 'float16'): HostArray => ({
  shape,
  dtype,
  data: toArray(data as Float32Array, dtype),
});
const asFloats = ({ data, dtype }: HostArray): number[] => toNumbers(data, dtype);

/** Networks that compute with float16 in every way a file can say so, from x [N, 3, 8, 8] or [N, 6] to y. */
const networks: Readonly<Record<string, { readonly sketch: Partial<ModelSketch>; readonly shape: readonly number[] }>> =
  {
    'float16 ports and weights': {
      shape: [2, 3, 8, 8],
      sketch: {
        inputs: { x: { dtype: 'float16', shape: ['N', 3, 8, 8] } },
        outputs: { y: 'float16' },
        constants: { w: half(weight(4, 3, 3, 3)), b: half(weight(4)) },
        nodes: [
          ['Conv', ['x', 'w', 'b'], ['c']],
          ['Relu', ['c'], ['r']],
          ['GlobalAveragePool', ['r'], ['p']],
          ['Flatten', ['p'], ['y']],
        ],
      },
    },
    'float32 ports, float16 inside': {
      shape: [2, 6],
      sketch: {
        inputs: { x: { shape: ['N', 6] } },
        constants: { w: half(weight(6, 4)) },
        nodes: [
          ['Cast', ['x'], ['x16'], { to: 10 }],
          ['MatMul', ['x16', 'w'], ['m']],
          ['Tanh', ['m'], ['t']],
          ['Cast', ['t'], ['y'], { to: 1 }],
        ],
      },
    },
    'constants that nodes hold and make': {
      shape: [2, 6],
      sketch: {
        inputs: { x: { dtype: 'float16', shape: ['N', 6] } },
        outputs: { y: 'float16' },
        constants: { sizes: longs([6]), w: weight(6, 6) },
        nodes: [
          ['Constant', [], ['c'], { value: half(floats([6], (i) => i / 4)) }],
          ['ConstantOfShape', ['sizes'], ['s'], { value: half(floats([1], () => 0.25)) }],
          ['CastLike', ['w', 'x'], ['w16']],
          ['Mul', ['x', 'c'], ['a']],
          ['Add', ['a', 's'], ['b']],
          ['MatMul', ['b', 'w16'], ['y']],
        ],
      },
    },
    'a branch and a function': {
      shape: [2, 6],
      sketch: {
        inputs: { x: { dtype: 'float16', shape: ['N', 6] } },
        outputs: { y: 'float16' },
        domains: { test: 1 },
        functions: [
          {
            domain: 'test',
            name: 'Double',
            inputs: ['a'],
            outputs: ['b'],
            nodes: [
              ['Constant', [], ['two'], { value: half(floats([], () => 2)) }],
              ['Mul', ['a', 'two'], ['b']],
            ],
          },
        ],
        constants: { yes: { shape: [], dtype: 'bool', data: Uint8Array.of(1) } },
        nodes: [
          ['test.Double', ['x'], ['d']],
          [
            'If',
            ['yes'],
            ['y'],
            {
              then_branch: subgraph({
                inputs: {},
                outputs: { t: 'float16' },
                constants: { w: half(weight(6, 6)) },
                nodes: [['MatMul', ['d', 'w'], ['t']]],
              }),
              else_branch: subgraph({ inputs: {}, outputs: { e: 'float16' }, nodes: [['Identity', ['d'], ['e']]] }),
            },
          ],
        ],
      },
    },
  };
const modelOf = (name: string): Uint8Array =>
  buildModel({ inputs: {}, outputs: ['y'], nodes: [], ...networks[name]!.sketch });

/** onnxruntime's output for an input of whatever type the file takes. */
async function expected(bytes: Uint8Array, x: HostArray): Promise<HostArray> {
  const [port] = readModel(bytes).inputs;
  const [y] = Object.values(await runInOnnxruntime(bytes, { x: port!.dtype === 'float16' ? half(x) : x }));
  return y!;
}

test.each(Object.keys(networks))('%s: computed in float32, as near as float16 allows', async (name) => {
  const x = weight(...networks[name]!.shape);
  const model = importOnnx(modelOf(name));
  const y = model.forward(tensor(x.data, { shape: x.shape }));
  expect(y.dtype).toBe('float32');
  expect([...model.parameters()].map(([, { value }]) => value.dtype)).not.toContain('float16');
  expectClose(y.numbers(), asFloats(await expected(modelOf(name), x)), 5e-3);
  // A float16 tensor is taken for what it means, too.
  const narrow = half(x);
  expectClose(model.forward(tensor(narrow.data, narrow)).numbers(), y.numbers(), 5e-3);
});

test.each(Object.keys(networks))('%s: exported alone and with a head in its own types', async (name) => {
  const { shape } = networks[name]!;
  const x = weight(...shape);
  const file = readModel(modelOf(name));
  const alone = await exportOnnx(importOnnx(file));
  expect(readModel(alone).inputs).toEqual(file.inputs);
  expect(readModel(alone).outputs[0]!.dtype).toBe(file.outputs[0]!.dtype);
  expect(asFloats(await expected(alone, x))).toEqual(asFloats(await expected(modelOf(name), x)));

  const backbone = importOnnx(file);
  const input = tensor(x.data, { shape });
  const features = backbone.forward(input).shape[1]!;
  const model = new Sequential(backbone as unknown as Module, new Linear({ in: features, out: 3 })).initialize(1);
  const written = await exportOnnx(model, { inputShape: shape.slice(1) });
  const [inPort, outPort] = [readModel(written).inputs[0]!, readModel(written).outputs[0]!];
  expect([inPort.dtype, outPort.dtype]).toEqual([file.inputs[0]!.dtype, file.outputs[0]!.dtype]);
  expectClose(asFloats(await expected(written, x)), model.forward(input).numbers(), 5e-3);
  // It is imported again.
  expectClose(importOnnx(written).forward(input).numbers(), model.forward(input).numbers(), 5e-3);
});

test('trained weights are written in the type of the file, and untouched ones bit by bit', async () => {
  const bytes = modelOf('float16 ports and weights');
  const model = importOnnx(bytes);
  const trained = weight(4);
  model.weights.get('b')!.take(tensor(trained.data, { shape: [4] }));
  const { constants } = readModel(await exportOnnx(model));
  expect(constants.get('b')!.read()).toEqual(half(trained));
  expect(constants.get('w')!.read()).toEqual(readModel(bytes).constants.get('w')!.read());
  model.weights.get('b')!.take(tensor([1, 2, 3, 1e5]));
  await expect(exportOnnx(model)).rejects.toThrow(
    '"b" is float16 in the file, but one of its trained values is 100000',
  );
});

test('a cut at a float16 value is exported with that type', async () => {
  const name = 'float32 ports, float16 inside';
  const cut = importOnnx(modelOf(name), { outputs: ['m'] });
  const written = await exportOnnx(cut);
  expect(readModel(written).outputs[0]!.dtype).toBe('float16');
  const x = weight(2, 6);
  const wanted = asFloats(await expected(written, x));
  expectClose(cut.forward(tensor(x.data, { shape: x.shape })).numbers(), wanted, 5e-3);
});

test('a module in front of float16 inputs', async () => {
  const model = new Sequential(
    new Linear({ in: 5, out: 6 }),
    importOnnx(modelOf('constants that nodes hold and make')) as unknown as Module,
  ).initialize(1);
  const written = await exportOnnx(model, { inputShape: [5], inputName: 'z' });
  const x = weight(2, 5);
  const wanted = model.forward(tensor(x.data, { shape: x.shape })).numbers();
  const [y] = Object.values(await runInOnnxruntime(written, { z: x }));
  expectClose(asFloats(y!), wanted, 5e-3);
});

test('an export for another operator set is float32 throughout', async () => {
  const bytes = modelOf('float16 ports and weights');
  const written = await exportOnnx(importOnnx(bytes), { opset: 18 });
  const { inputs, outputs, constants } = readModel(written);
  expect([inputs[0]!.dtype, outputs[0]!.dtype]).toEqual(['float32', 'float32']);
  expect([...constants.values()].map((one) => one.read().dtype)).not.toContain('float16');
  const x = weight(2, 3, 8, 8);
  expectClose(asFloats(await expected(written, x)), asFloats(await expected(bytes, x)), 5e-3);
});

test('a batch is freed and channels are adapted in float16', async () => {
  const fixed = buildModel({
    inputs: { x: { dtype: 'float16', shape: [1, 3, 8, 8] } },
    outputs: { y: 'float16' },
    constants: { w: half(weight(4, 3, 3, 3)), flat: longs([1, 144]) },
    nodes: [
      ['Conv', ['x', 'w'], ['c']],
      ['Reshape', ['c', 'flat'], ['y']],
    ],
  });
  const freed = importOnnx(freeBatch(readModel(fixed), { inputShapes: { x: [1, 3, 8, 8] } }));
  const x = weight(2, 3, 8, 8);
  const y = asFloats(await expected(await exportOnnx(freed), x));
  expectClose(freed.forward(tensor(x.data, { shape: x.shape })).numbers(), y, 5e-3);

  const grey = adaptOnnxInput(modelOf('float16 ports and weights'), 1);
  const [port] = readModel(grey).inputs;
  expect(port).toMatchObject({ dtype: 'float16', shape: ['N', 1, 8, 8] });
  const image = weight(2, 1, 8, 8);
  expectClose(
    importOnnx(grey)
      .forward(tensor(image.data, { shape: image.shape }))
      .numbers(),
    asFloats(await expected(grey, image)),
    5e-3,
  );
});

test('bfloat16 is computed in float32 and written back; halves can be kept', async () => {
  const w = half(weight(6, 4), 'bfloat16');
  const bytes = buildModel({
    inputs: { x: { dtype: 'bfloat16', shape: ['N', 6] } },
    outputs: { y: 'bfloat16' },
    constants: { w },
    nodes: [['MatMul', ['x', 'w'], ['y']]],
  });
  const model = importOnnx(bytes);
  expect(model.weights.get('w')!.value.numbers()).toEqual(asFloats(w));
  const x = tensor(weight(2, 6).data, { shape: [2, 6] });
  expect(model.forward(x).dtype).toBe('float32');
  const written = readModel(await exportOnnx(model));
  expect([written.inputs[0]!.dtype, written.outputs[0]!.dtype]).toEqual(['bfloat16', 'bfloat16']);
  expect(written.constants.get('w')!.read()).toEqual(w);
  const kept = importOnnx(bytes, { halves: 'keep' });
  expect(kept.weights.get('w')!.value.dtype).toBe('bfloat16');
  expect(kept).toBeInstanceOf(OnnxModel);
});

test.each(Object.keys(networks))('%s: written as a float32 file', async (name) => {
  const { shape } = networks[name]!;
  const [bytes, x] = [modelOf(name), weight(...shape)];
  expect(usesHalves(readModel(bytes))).toBe(true);
  const wide = widenOnnx(bytes, { metadata: { made: 'wide' } });
  const file = readModel(wide);
  expect(usesHalves(file)).toBe(false);
  expect([file.metadata.get('made'), file.inputs[0]!.dtype, file.outputs[0]!.dtype]).toEqual([
    'wide',
    'float32',
    'float32',
  ]);
  const y = await expected(wide, x);
  expect(y.dtype).toBe('float32');
  expectClose(asFloats(y), asFloats(await expected(bytes, x)), 5e-3);
});

test('float16 networks are quantized', async () => {
  const bytes = modelOf('float16 ports and weights');
  const x = weight(8, 3, 8, 8);
  const small = await quantizeOnnx(bytes, { calibration: [x] });
  expect(readModel(small).nodes.filter(({ opType }) => opType === 'QuantizeLinear')).not.toEqual([]);
  expectClose(asFloats(await expected(small, x)), asFloats(await expected(bytes, x)), 5e-2);
});
