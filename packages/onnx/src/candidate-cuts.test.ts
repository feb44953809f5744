import { expect, test } from 'vitest';
import { featureKind, importOnnx } from './index.ts';
import { buildModel, floats, noise } from './testing/index.ts';

test('features that are pooled from a one-dimensional map are a vector', () => {
  const curves = buildModel({
    inputs: { curve: { shape: ['N', 1, 16] } },
    outputs: ['scores'],
    constants: { 'conv.weight': floats([6, 1, 3], noise(1)), 'fc.weight': floats([6, 2], noise(2)) },
    nodes: [
      ['Conv', ['curve', 'conv.weight'], ['map'], {}],
      ['GlobalAveragePool', ['map'], ['pooled']],
      ['Flatten', ['pooled'], ['flat']],
      ['MatMul', ['flat', 'fc.weight'], ['scores']],
    ],
  });
  const cuts = importOnnx(curves).candidateCuts();
  expect(cuts.map(({ value, kind, features }) => [value, kind, features]).slice(0, 2)).toEqual([
    ['flat', 'vector', 6],
    ['pooled', 'vector', 6],
  ]);
});

test('a one-dimensional map is distinguished from a sequence by the operators before it', () => {
  const kindAfter = (after: Parameters<typeof buildModel>[0]['nodes']): unknown => {
    const model = importOnnx(
      buildModel({
        inputs: { curve: { shape: ['N', 1, 16] } },
        outputs: ['end'],
        constants: {
          w: floats([6, 1, 3], noise(1)),
          flat: { shape: [4], dtype: 'int64', data: BigInt64Array.of(0n, 6n, 1n, 14n) },
        },
        nodes: [['Conv', ['curve', 'w'], ['map']], ...after],
        opset: 12,
      }),
    );
    const shapes = model.shapes();
    return featureKind(model, 'end', (value) => shapes.get(value));
  };
  expect(kindAfter([['Relu', ['map'], ['end']]])).toBe('map');
  expect(
    kindAfter([
      ['Reshape', ['map', 'flat'], ['wide']],
      ['Squeeze', ['wide'], ['end'], { axes: [2] }],
    ]),
  ).toBe('map');
  expect(
    kindAfter([
      ['Transpose', ['map'], ['tokens'], { perm: [0, 2, 1] }],
      ['Relu', ['tokens'], ['end']],
    ]),
  ).toBe('sequence');
});
