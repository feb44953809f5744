import { grad, sum, tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { expectClose, expectSameAsOnnxruntime, runImported, runInOnnxruntime } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { ModelProto } from '../proto/schema.ts';
import { buildModel, floats, type ModelSketch, noise, type NodeSketch } from '../testing/index.ts';

const eights = [
  ['float8e4m3fn', 17],
  ['float8e4m3fnuz', 18],
  ['float8e5m2', 19],
  ['float8e5m2fnuz', 20],
] as const;
const bytes = (data: ArrayLike<number>, shape: readonly number[] = [data.length]) =>
  ({ shape, dtype: 'uint8', data: Uint8Array.from(data) }) as const;

/** A model whose tensors have types that our own writer has not: their bytes are given as uint8. */
function retyped(
  sketch: ModelSketch,
  types: Readonly<Record<string, readonly [dataType: number, shape: readonly number[]]>>,
): Uint8Array {
  const model = ModelProto.decode(buildModel({ irVersion: 10, ...sketch }));
  for (const proto of model.graph!.initializer!) {
    const [dataType, dims] = types[proto.name!] ?? [];
    if (dataType) Object.assign(proto, { dataType, dims });
  }
  return ModelProto.encode(model);
}
const packed = (values: readonly number[]): number[] =>
  Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, i) => (values[2 * i]! & 15) | ((values[2 * i + 1]! & 15) << 4),
  );

describe('floats of 8 bits are read, and cast to, as by onnxruntime', () => {
  test.each(eights)('%s: every pattern', async (_, dataType) => {
    const model = retyped(
      {
        opset: 21,
        inputs: { x: { shape: [1] } },
        outputs: ['y'],
        constants: { w: bytes(Array.from({ length: 256 }, (_unused, i) => i)) },
        nodes: [
          ['Cast', ['w'], ['f'], { to: 1 }],
          ['Add', ['f', 'x'], ['y']],
        ],
      },
      { w: [dataType, [256]] },
    );
    await expectSameAsOnnxruntime(model, { x: floats([1], [0]) });
  });
  const values = [
    0,
    -0,
    1e-9,
    0.0009765625,
    0.0029296875,
    0.01,
    -0.3,
    1.0625,
    1.1875,
    3.3,
    -17,
    447,
    448,
    463,
    464,
    465,
    480,
    57344,
    61439,
    61440,
    61441,
    1e9,
    -1e9,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    ...Array.from({ length: 40 }, (_, i) => noise(5)(i) * 2 ** (i / 2 - 12)),
  ];
  test.each(
    eights.flatMap(([name, dataType]) =>
      [1, 0].map((saturate) => [name, saturate ? 'saturating' : 'not saturating', dataType, saturate] as const),
    ),
  )('cast to %s, %s', async (_, _mode, to, saturate) => {
    const model = buildModel({
      opset: 21,
      irVersion: 10,
      inputs: { x: { shape: [values.length] } },
      outputs: ['y'],
      nodes: [
        ['Cast', ['x'], ['e'], { to, saturate }],
        ['Cast', ['e'], ['y'], { to: 1 }],
      ],
    });
    const x = floats([values.length], values);
    const [wanted, got] = [
      (await runInOnnxruntime(model, { x })).y!.data,
      runImported(importOnnx(model), { x }).get('y')!.numbers(),
    ];
    // Beyond the greatest, onnxruntime keeps 480 as 448 in one type, and gives no number in another; ONNX's own table says NaN and infinity.
    const own = new Map(
      saturate
        ? []
        : to === 17
          ? [[480, Number.NaN]]
          : to === 19
            ? [
                [61440, Infinity],
                [61441, Infinity],
                [1e9, Infinity],
                [-1e9, -Infinity],
              ]
            : [],
    );
    got.forEach((value, i) =>
      expect(`${values[i]} → ${value + 0}`).toBe(`${values[i]} → ${(own.get(values[i]!) ?? Number(wanted[i])) + 0}`),
    );
  });
  test('gradients pass through, as through every cast from float to float', () => {
    const model = importOnnx(
      buildModel({
        opset: 21,
        inputs: { x: { shape: [3] } },
        outputs: ['y'],
        nodes: [
          ['Cast', ['x'], ['e'], { to: 17 }],
          ['Mul', ['e', 'e'], ['y']],
        ],
      }),
    );
    const x = tensor([0.4, -1.3, 2.6]);
    expectClose(grad(() => sum(model.forward(x)), [x])[0]!.numbers(), [0.8125, -2.5, 5], 1e-6);
  });
});

describe('integers of 4 bits are read as by onnxruntime', () => {
  const nibbles = Array.from({ length: 15 }, (_, i) => i - 7);
  interface Constants {
    readonly node: NodeSketch;
    readonly constants?: ModelSketch['constants'];
    readonly types?: Parameters<typeof retyped>[1];
  }
  test.each<[string, number, Constants]>([
    ['int4', 22, { node: ['DequantizeLinear', ['w', 's'], ['f']] }],
    [
      'uint4, with a zero point',
      21,
      { constants: { z: bytes([5]) }, types: { z: [21, []] }, node: ['DequantizeLinear', ['w', 's', 'z'], ['f']] },
    ],
    [
      'int4, in blocks',
      22,
      {
        constants: { s: floats([2, 5], (i) => 0.1 + i / 10), z: bytes(packed([1, -1, 0, 2, 3, -4, 0, 0, 1, 2])) },
        types: { z: [22, [2, 5]] },
        node: ['DequantizeLinear', ['w', 's', 'z'], ['f'], { axis: 0, block_size: 2 }],
      },
    ],
    [
      'int4, by column',
      22,
      {
        constants: { s: floats([5], (i) => 0.1 + i / 10) },
        node: ['DequantizeLinear', ['w', 's'], ['f'], { axis: 1 }],
      },
    ],
    ['int4, cast', 22, { node: ['Cast', ['w'], ['f'], { to: 1 }] }],
    [
      '8-bit floats',
      17,
      {
        constants: { w: bytes(Array.from({ length: 15 }, (_, i) => 40 + 3 * i)) },
        node: ['DequantizeLinear', ['w', 's'], ['f']],
      },
    ],
  ])('%s', async (_, dataType, { node, types = {}, constants = {} }) => {
    const model = retyped(
      {
        opset: 21,
        inputs: { x: { shape: [1] } },
        outputs: ['y'],
        constants: { w: bytes(packed(nibbles)), s: floats([], [0.5]), ...constants },
        nodes: [node, ['Add', ['f', 'x'], ['y']]],
      },
      { w: [dataType, [3, 5]], ...types },
    );
    await expectSameAsOnnxruntime(model, { x: floats([1], [0]) });
  });
  test('quantised to 4 bits, and back', async () => {
    const x = floats([3, 5], (i) => noise(2)(i) * 9);
    for (const output_dtype of [21, 22]) {
      const model = buildModel({
        opset: 21,
        irVersion: 10,
        inputs: { x: { shape: [3, 5] } },
        outputs: ['y'],
        constants: { s: floats([], [0.7]) },
        nodes: [
          ['QuantizeLinear', ['x', 's'], ['q'], { output_dtype }],
          ['DequantizeLinear', ['q', 's'], ['y']],
        ],
      });
      expectClose(
        runImported(importOnnx(model), { x }).get('y')!.numbers(),
        (await runInOnnxruntime(model, { x })).y!.data,
        1e-6,
      );
    }
  });
  test.each([
    ['int4', 22, packed([0])],
    ['uint4', 21, packed([8])],
    ['float8e4m3fn', 17, [0]],
  ] as const)('a zero point of %s says what values are quantised to', async (_, dataType, zero) => {
    const model = retyped(
      {
        opset: 21,
        irVersion: 10,
        inputs: { x: { shape: [3, 5] } },
        outputs: ['y'],
        constants: { s: floats([], [0.7]), z: bytes(zero) },
        nodes: [
          ['QuantizeLinear', ['x', 's', 'z'], ['q']],
          ['DequantizeLinear', ['q', 's', 'z'], ['y']],
        ],
      },
      { z: [dataType, []] },
    );
    await expectSameAsOnnxruntime(model, { x: floats([3, 5], (i) => noise(2)(i) * 9) });
  });
  test.each([
    ['int4', 22, packed([1])],
    ['uint4', 21, packed([1])],
    ['float8e5m2', 19, [60]],
  ] as const)('casts to values like those of %s', async (_, dataType, like) => {
    const model = retyped(
      {
        opset: 21,
        irVersion: 10,
        inputs: { x: { shape: [6] } },
        outputs: ['y'],
        constants: { like: bytes(like) },
        nodes: [
          ['CastLike', ['x', 'like'], ['c']],
          ['Cast', ['c'], ['y'], { to: 1 }],
        ],
      },
      { like: [dataType, [1]] },
    );
    await expectSameAsOnnxruntime(model, { x: floats([6], [-9, -3, 0, 7, 9, 1000]) });
  });
  test('such weights are not trained; a truncated file is rejected', () => {
    const sketch: ModelSketch = {
      opset: 21,
      inputs: { x: { shape: [1, 3] } },
      outputs: ['y'],
      constants: { w: bytes(packed(nibbles)), s: floats([], [0.5]) },
      nodes: [
        ['DequantizeLinear', ['w', 's'], ['f']],
        ['MatMul', ['x', 'f'], ['y']],
      ],
    };
    expect([...importOnnx(retyped(sketch, { w: [22, [3, 5]] })).weights.keys()]).toEqual([]);
    expect(() => importOnnx(retyped(sketch, { w: [22, [3, 7]] }))).toThrow(
      'Tensor "w" of shape [3, 7] and type int4 needs 11 bytes, but the file has 8. The file is damaged.',
    );
  });
  test('float4e2m1: every pattern, as the Open Compute Project names them', () => {
    const model = retyped(
      {
        opset: 23,
        inputs: { x: { shape: [1] } },
        outputs: ['y'],
        constants: { w: bytes(packed(Array.from({ length: 16 }, (_, i) => i))) },
        nodes: [
          ['Cast', ['w'], ['f'], { to: 1 }],
          ['Add', ['f', 'x'], ['y']],
        ],
      },
      { w: [23, [16]] },
    );
    expect(
      runImported(importOnnx(model), { x: floats([1], [0]) })
        .get('y')!
        .numbers(),
    ).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]);
  });
});

describe('values of small types between nodes', () => {
  const model = importOnnx(
    retypedPorts(
      {
        opset: 21,
        inputs: { x: { shape: [3] }, z: { dtype: 'int8', shape: [] } },
        outputs: { y: 'int8' },
        constants: { s: floats([], [0.5]) },
        nodes: [['QuantizeLinear', ['x', 's', 'z'], ['y']]],
      },
      22,
    ),
  );
  const wide = importOnnx(
    buildModel({
      opset: 21,
      inputs: { x: { shape: [3] }, z: { dtype: 'int8', shape: [] } },
      outputs: { y: 'int8' },
      constants: { s: floats([], [0.5]) },
      nodes: [['QuantizeLinear', ['x', 's', 'z'], ['y']]],
    }),
  );
  test('an input of int4 saturates as int4, and the same tensor as int8 in another model', () => {
    const inputs = new Map([
      ['x', tensor([-20, 1.2, 20])],
      ['z', tensor([0], { shape: [], dtype: 'int8' })],
    ]);
    expect(model.call(inputs).get('y')!.numbers()).toEqual([-8, 2, 7]);
    expect(wide.call(inputs).get('y')!.numbers()).toEqual([-40, 2, 40]);
  });
  test('a cast back to float32 gives up the type', () => {
    const cast = importOnnx(
      buildModel({
        opset: 21,
        inputs: { x: { shape: [2] } },
        outputs: { y: 'float32', like: 'float32' },
        nodes: [
          ['Cast', ['x'], ['small'], { to: 17 }],
          ['Transpose', ['small'], ['turned']],
          ['Cast', ['turned'], ['float'], { to: 1 }],
          ['CastLike', ['x', 'float'], ['y']],
          ['CastLike', ['x', 'turned'], ['like']],
        ],
      }),
    );
    const got = cast.call(new Map([['x', tensor([0.3, 500])]]));
    expectClose(got.get('y')!.numbers(), [0.3, 500], 1e-6);
    expect(got.get('like')!.numbers()).toEqual([0.3125, 448]);
  });
});

/** A model whose input `z` is of a type that our own writer does not have. */
function retypedPorts(sketch: ModelSketch, elemType: number): Uint8Array {
  const decoded = ModelProto.decode(buildModel({ irVersion: 10, ...sketch }));
  decoded.graph!.input!.find(({ name }) => name === 'z')!.type!.tensorType!.elemType = elemType;
  return ModelProto.encode(decoded);
}
