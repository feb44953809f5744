import { type HostArray, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { expectClose } from '../../test/onnxruntime.ts';
import { importOnnx } from '../import-onnx.ts';
import { buildModel, floats } from '../suite/build-model.ts';

const wave = (shape: readonly number[], start: number): HostArray => floats(shape, (i) => Math.sin(0.7 * i + start));

// From the ReferenceEvaluator of onnx 1.23 and onnxruntime 1.32.
test.each<[string, HostArray, number | undefined, number[]]>([
  ['of a length', wave([1, 3, 2], 0.3), undefined, [0.58011, -0.27425, -0.41156, 0.40122]],
  ['of an odd length', wave([1, 3, 2], 0.3), 5, [0.4724, 0.05512, -0.64824, 0.13491, 0.28133]],
])('the real inverse Fourier transform %s', (_, { data, shape }, length, wanted) => {
  const model = importOnnx(
    buildModel({
      opset: 20,
      inputs: { x: { shape } },
      outputs: ['y'],
      constants: {
        axis: { shape: [], dtype: 'int64', data: BigInt64Array.of(1n) },
        length: { shape: [], dtype: 'int64', data: BigInt64Array.of(BigInt(length ?? 0)) },
      },
      nodes: [['DFT', ['x', length === undefined ? '' : 'length', 'axis'], ['y'], { inverse: 1, onesided: 1 }]],
    }),
  );
  const y = model.forward(tensor(data, { shape }));
  expect(y.shape).toEqual([1, wanted.length, 1]);
  expectClose(y.numbers(), wanted, 1e-4);
});
