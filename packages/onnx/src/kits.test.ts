import { createWasmBackend } from '@graft/backend-wasm';
import { js } from '@graft/tensor';
import { createBlindBackend } from '@graft/tensor/testing';
import { standardOperators } from './index.ts';
import { describeOnnxOperator, float } from './testing/index.ts';

const named = (name: string): (typeof standardOperators)[number] =>
  standardOperators.find((operator) => operator.name === name)!;
const vector = (...values: number[]): { values: number[]; shape: number[] } => ({ values, shape: [values.length] });

for (const backend of [js, await createWasmBackend(), createBlindBackend()]) {
  describeOnnxOperator(
    named('LeakyRelu-1'),
    [
      { title: 'default slope', inputs: [vector(-2, 0.5, 3)], outputs: [vector(-0.02, 0.5, 3)] },
      {
        title: 'a slope of its own',
        inputs: [vector(-2, 0.5, 3)],
        attributes: { alpha: float(0.5) },
        outputs: [vector(-1, 0.5, 3)],
      },
    ],
    { backend },
  );
  describeOnnxOperator(
    named('Gemm-1'),
    [
      {
        title: 'transposed, scaled, with a bias',
        inputs: [{ values: [1, 2, 3, 4], shape: [2, 2] }, { values: [1, 0, 1, 2], shape: [2, 2] }, vector(1, -1)],
        attributes: { transB: 1, alpha: float(0.5), beta: float(2) },
        outputs: [{ values: [2.5, 0.5, 3.5, 3.5], shape: [2, 2] }],
      },
    ],
    { backend, opset: 17 },
  );
}
