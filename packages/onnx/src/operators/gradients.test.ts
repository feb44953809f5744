import { createWasmBackend } from '@graft/backend-wasm';
import { type HostArray, tensor } from '@graft/tensor';
import { checkGradient } from '@graft/tensor/testing';
import { describe, expect, test } from 'vitest';
import { microsoftCases } from '../../test/microsoft-cases.ts';
import { type Case, furtherCases, modelOf } from '../../test/operator-cases.ts';
import { importOnnx } from '../import-onnx.ts';
import { checkGradients, writeValue } from '../testing/index.ts';

const wide = (one: HostArray | null): HostArray | null =>
  one?.dtype === 'float32' ? { ...one, dtype: 'float64', data: Float64Array.from(one.data as Float32Array) } : one;
const smooth = new Set([
  'Asin',
  'Acos',
  'Atan',
  'Asinh',
  'Atanh',
  'Acosh',
  'Det',
  'Einsum',
  'Attention',
  'RotaryEmbedding',
  'CenterCropPad',
  'Col2Im',
  'ReverseSequence',
  'GatherND',
  'ScatterND',
  'ScatterElements',
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'MaxUnpool',
  'LpPool',
  'GlobalLpPool',
  'NegativeLogLikelihoodLoss',
  'SoftmaxCrossEntropyLoss',
  'RNN',
  'GRU',
  'LSTM',
  'DFT',
  'STFT',
  'GridSample',
  'RoiAlign',
  'Resize',
  'MaxRoiPool',
  'DeformConv',
  'TensorScatter',
]);

describe('gradients through composed operators = finite differences', () => {
  test.each(
    [...furtherCases.filter(({ op }) => smooth.has(op)), ...microsoftCases].map((one) => ({
      ...one,
      title: [one.op, one.note].filter(Boolean).join(', '),
    })),
  )('$title', (one: Case) => {
    const { model: bytes, inputs } = modelOf({
      ...one,
      x: one.x.map(wide),
      constants: (one.constants ?? []).map(wide),
    });
    const model = importOnnx(bytes);
    const given = Object.entries(inputs).map(
      ([name, { data, shape, dtype }]) => [name, tensor(data, { shape, dtype })] as const,
    );
    const moving = given.filter(([, { dtype }]) => dtype === 'float64');
    checkGradient(
      (...moved) =>
        model.call(new Map([...given, ...moving.map(([name], i) => [name, moved[i]!] as const)])).get('y0')!,
      moving.map(([, value]) => value),
      { name: one.op, tolerance: 1e-5 },
    );
  });
});

/** Operators that are composed of ops which kernels may decline: integers among floats, odd shapes. */
const composed = new Set(['GridSample', 'DeformConv', 'MaxRoiPool', 'TensorScatter']);

test('on wasm they and the gradients of what onnxruntime fuses are the same', { timeout: 60_000 }, async () => {
  const backend = await createWasmBackend();
  for (const one of [
    ...microsoftCases,
    ...furtherCases.filter(({ op, note }) => composed.has(op) && !note?.includes('volume')),
  ]) {
    const { model, inputs } = modelOf(one);
    expect({
      case: `${one.op} ${one.note ?? ''}`,
      ...(await checkGradients(
        { model, inputs: Object.values(inputs).map(writeValue) },
        { flows: () => true, backend },
      )),
    }).not.toHaveProperty('excluded');
  }
  await backend.dispose?.();
});
