import { createWasmBackend } from '@graft/backend-wasm';
import { compile, type Module } from '@graft/layers';
import { type AnyBackend, type HostArray, js, Random, tensor, to } from '@graft/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { runInOnnxruntime } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats, type ModelSketch } from '../suite/build-model.ts';

const wasm = await createWasmBackend();
afterAll(() => wasm.dispose?.());

const random = new Random(1);
/** Integers of the whole range of a dtype; sums of `extreme` ones are as large as possible. */
const integers = (dtype: 'uint8' | 'int8', shape: readonly number[], extreme = false): HostArray => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const [least, most] = dtype === 'uint8' ? [0, 255] : [-128, 127];
  const value = (): number => (extreme ? (random.next() < 0.9 ? most : least) : least + random.int(256));
  const data = Array.from({ length: size }, value);
  return { shape, dtype, data: dtype === 'uint8' ? Uint8Array.from(data) : Int8Array.from(data) };
};
const one = (dtype: 'uint8' | 'int8', value: number): HostArray => ({
  shape: [],
  dtype,
  data: dtype === 'uint8' ? Uint8Array.of(value) : Int8Array.of(value),
});

interface Case {
  /** From the bytes q, whose zero point is qz, to the floats y. */
  readonly nodes: ModelSketch['nodes'];
  readonly x: HostArray;
  readonly constants: Readonly<Record<string, HostArray>>;
}
const asFloats = (name: string): ModelSketch['nodes'][number] => ['Cast', [name], ['y'], { to: 1 }];
const convolved = (
  x: readonly number[],
  w: readonly number[],
  attributes: Record<string, number | readonly number[]>,
  extreme = false,
): Case => ({
  x: integers('uint8', x, extreme),
  constants: { w: integers('int8', w, extreme), qz: one('uint8', 113), wz: one('int8', 0) },
  nodes: [['ConvInteger', ['q', 'w', 'qz', 'wz'], ['i'], attributes], asFloats('i')],
});
const multiplied = (x: readonly number[], w: readonly number[], extreme = false): Case => ({
  x: integers('uint8', x, extreme),
  constants: {
    w: integers('uint8', w, extreme),
    qz: one('uint8', extreme ? 0 : 113),
    wz: one('uint8', extreme ? 0 : 120),
  },
  nodes: [['MatMulInteger', ['q', 'w', 'qz', 'wz'], ['i']], asFloats('i')],
});
const scales = { qs: floats([], () => 0.02), ws: floats([], () => 0.01), ys: floats([], () => 0.25) };
const requantised = (
  opType: string,
  given: Case,
  attributes: Record<string, number | readonly number[]> = {},
  more: Record<string, HostArray> = {},
): Case => ({
  x: given.x,
  constants: { ...given.constants, ...scales, yz: one('uint8', 128), ...more },
  nodes: [
    [opType, ['q', 'qs', 'qz', 'w', 'ws', 'wz', 'ys', 'yz', ...Object.keys(more)], ['i'], attributes],
    ['DequantizeLinear', ['i', 'ys', 'yz'], ['y']],
  ],
});
const around = { pads: [1, 1, 1, 1] };

const cases: Readonly<Record<string, Case>> = {
  'a product of few terms': multiplied([3, 40], [40, 5]),
  'a product whose sums exceed 2^24': multiplied([3, 3000], [3000, 5], true),
  'a product of very many terms': multiplied([2, 20_000], [20_000, 3], true),
  'products of a batch': multiplied([2, 3, 300], [300, 5]),
  'a convolution of 3×3 with many channels': convolved([1, 64, 18, 18], [16, 64, 3, 3], around),
  'a convolution whose sums exceed 2^24': convolved([1, 520, 6, 6], [4, 520, 3, 3], around, true),
  'a convolution in groups': convolved([2, 16, 9, 9], [16, 1, 3, 3], { ...around, group: 16 }),
  'a convolution with strides and dilation': convolved([1, 8, 12, 15], [8, 8, 3, 5], {
    strides: [2, 1],
    dilations: [1, 2],
  }),
  'a convolution over one dimension': convolved([2, 8, 30], [6, 8, 3], { pads: [1, 1] }),
  'a requantised product': requantised('QLinearMatMul', multiplied([4, 300], [300, 7])),
  'a requantised convolution with a bias': requantised(
    'QLinearConv',
    convolved([1, 16, 12, 12], [16, 16, 3, 3], around),
    around,
    { b: { shape: [16], dtype: 'int32', data: Int32Array.from({ length: 16 }, (_, i) => 997 * (i - 8)) } },
  ),
};

/** The model's output for floats that are integers, eagerly and compiled. */
async function outputsOn(backend: AnyBackend, bytes: Uint8Array, { shape, data }: HostArray): Promise<number[][]> {
  const model = await importOnnx(bytes).to(backend);
  const compiled = compile(model as unknown as Module);
  const x = await to(tensor(Float32Array.from(data as Uint8Array), { shape }), backend);
  const results = [model.forward(x), compiled.forward(x)].map((y) => y.numbers());
  compiled.dispose();
  model.dispose();
  return results;
}

describe.each(Object.keys(cases))('%s', (name) => {
  const { x, constants, nodes } = cases[name]!;
  const bytes = buildModel({
    inputs: { x: { shape: x.shape } },
    outputs: ['y'],
    constants,
    nodes: [['Cast', ['x'], ['q'], { to: 2 }], ...nodes],
  });
  test.each<[string, AnyBackend]>([
    ['js', js],
    ['wasm', wasm],
  ])('is exact on %s', async (_, backend) => {
    const floats = Float32Array.from(x.data as Uint8Array);
    const { y } = await runInOnnxruntime(bytes, { x: { ...x, dtype: 'float32', data: floats } });
    for (const numbers of await outputsOn(backend, bytes, x))
      expect(numbers).toEqual(Array.from(y!.data as Float32Array));
  });
});
