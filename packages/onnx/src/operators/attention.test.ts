import { type HostArray, tensor } from '@graft/tensor';
import { test } from 'vitest';
import { expectClose } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats } from '../suite/build-model.ts';

const wave = (shape: readonly number[], start: number): HostArray => floats(shape, (i) => Math.sin(0.7 * i + start));
const given = { q: wave([1, 1, 3, 2], 0.3), k: wave([1, 1, 3, 2], 1.3), v: wave([1, 1, 3, 2], 2.3) };
const bools = (...rows: number[][]): HostArray => ({
  shape: [rows.length, rows[0]!.length],
  dtype: 'bool',
  data: Uint8Array.from(rows.flat()),
});
const hidden = [
  [1, 1, 0],
  [0, 0, 0],
  [1, 0, 1],
];

// From the ReferenceEvaluator of onnx 1.23, and onnxruntime 1.32, which agrees except for the short mask that it rejects.
test.each<[string, { mask?: HostArray; length?: number; causal?: boolean }, number[]]>([
  ['a query that sees no key', { mask: bools(...hidden) }, [0.35165, -0.19645, 0, 0, -0.39754, -0.27317]],
  [
    'a mask of infinities',
    { mask: floats([3, 3], (i) => (hidden.flat()[i] ? 0 : Number.NEGATIVE_INFINITY)) },
    [0.35165, -0.19645, 0, 0, -0.39754, -0.27317],
  ],
  [
    'padding before a causal sequence',
    { mask: bools([0, 1, 1], [0, 1, 1], [0, 1, 1]), causal: true },
    [0, 0, -0.52984, -0.9516, -0.75573, -0.67378],
  ],
  [
    'a mask for fewer keys',
    { mask: bools(...hidden.map((row) => row.slice(0, 2))) },
    [0.35165, -0.19645, 0, 0, 0.74571, 0.14112],
  ],
  [
    'a causal sequence in a buffer that is not full',
    { length: 2, causal: true },
    [0, 0, 0.74571, 0.14112, -0.04473, -0.53602],
  ],
])('%s', (_, { mask, length, causal = false }, wanted) => {
  const ends: HostArray | undefined =
    length === undefined ? undefined : { shape: [1], dtype: 'int64', data: BigInt64Array.of(BigInt(length)) };
  const inputs = { ...given, ...(mask && { mask }) };
  const model = importOnnx(
    buildModel({
      opset: 24,
      inputs: inputs,
      outputs: ['y'],
      ...(ends && { constants: { ends } }),
      nodes: [
        [
          'Attention',
          ['q', 'k', 'v', ...(mask ? ['mask'] : []), ...(ends ? ['', '', '', 'ends'] : [])],
          ['y'],
          { is_causal: Number(causal) },
        ],
      ],
    }),
  );
  const y = model.call(
    new Map(Object.entries(inputs).map(([name, { data, shape, dtype }]) => [name, tensor(data, { shape, dtype })])),
  );
  expectClose(y.get('y')!.numbers(), wanted, 1e-4);
});
