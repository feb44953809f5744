import { expect, test } from 'vitest';
import { importOnnx, untrainable } from './index.ts';
import { buildModel, floats, type ModelSketch, noise } from './testing/index.ts';

const weight = (...shape: number[]) => floats(shape, noise(shape.length));
const bytes = (...shape: number[]) => ({
  shape,
  dtype: 'int8' as const,
  data: Int8Array.from(weight(...shape).data as Float32Array, (one) => 127 * one),
});
const scalar = { shape: [], dtype: 'uint8' as const, data: Uint8Array.of(128) };
const constants = {
  first: weight(6, 6),
  gamma: weight(6),
  whole: bytes(6, 6),
  wz: { shape: [], dtype: 'int8' as const, data: Int8Array.of(0) },
  ws: floats([6], () => 0.01),
  one: floats([], () => 0.01),
  s: floats([], () => 0.02),
  z: scalar,
  last: weight(6, 6),
};
const dense = (nodes: ModelSketch['nodes']): ModelSketch => ({
  inputs: { x: { shape: ['N', 6] } },
  outputs: ['y'],
  constants,
  nodes: [['MatMul', ['x', 'first'], ['a']], ...nodes, ['MatMul', ['b', 'last'], ['y']]],
});

test.each<[string, ModelSketch['nodes'], { quantized: number; weights: string[]; learned: string[] }]>([
  ['floats', [['Mul', ['a', 'gamma'], ['b']]], { quantized: 0, weights: [], learned: ['first', 'gamma', 'last'] }],
  [
    'a dynamically quantized product',
    [
      ['DynamicQuantizeLinear', ['a'], ['q', 'qs', 'qz']],
      ['MatMulInteger', ['q', 'whole', 'qz', 'wz'], ['i']],
      ['Cast', ['i'], ['f'], { to: 1 }],
      ['Mul', ['qs', 'ws'], ['scale']],
      ['Mul', ['f', 'scale'], ['b']],
    ],
    { quantized: 1, weights: ['first'], learned: ['first', 'last'] },
  ],
  [
    'a quantized product',
    [
      ['QuantizeLinear', ['a', 's', 'z'], ['q']],
      ['QLinearMatMul', ['q', 's', 'z', 'whole', 'one', 'wz', 's', 'z'], ['i']],
      ['DequantizeLinear', ['i', 's', 'z'], ['b']],
    ],
    { quantized: 1, weights: ['first'], learned: ['first', 'last'] },
  ],
  [
    'dequantized weights of a float product',
    [
      ['DequantizeLinear', ['whole', 'ws', ''], ['w'], { axis: 1 }],
      ['MatMul', ['a', 'w'], ['b']],
    ],
    { quantized: 1, weights: [], learned: ['first', 'last'] },
  ],
])('%s: what cannot be trained, and no scale is a weight', (_, nodes, { quantized, weights, learned }) => {
  const model = importOnnx(buildModel(dense(nodes)));
  expect([...model.weights.keys()].sort()).toEqual(learned);
  const found = untrainable(model);
  expect(found).toEqual({ layers: quantized ? 3 : 2, quantized, weights });
  const fixed = model.withUntrainable(found.weights);
  for (const [name, { trainable }] of fixed.weights) expect([name, trainable]).toEqual([name, !weights.includes(name)]);
  const grouped = fixed.layerGroups().flatMap(({ parameters }) => parameters.map(({ name }) => name));
  expect(grouped.toSorted()).toEqual(learned.filter((name) => !weights.includes(name)));
  // A part keeps what stays frozen.
  expect([...fixed.cut('b').untrainable]).toEqual(weights);
});
