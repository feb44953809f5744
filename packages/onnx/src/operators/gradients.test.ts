import { type HostArray, tensor } from '@graft/tensor';
import { checkGradient } from '@graft/tensor/testing';
import { describe, test } from 'vitest';
import { microsoftCases } from '../../test/microsoft-cases.ts';
import { type Case, furtherCases } from '../../test/operator-cases.ts';
import { importOnnx } from '../import-onnx.ts';
import { buildModel } from '../testing/index.ts';

const wide = (one: HostArray): HostArray => (one.dtype === 'float32' ? { ...one, dtype: 'float64', data: Float64Array.from(one.data as Float32Array) } : one);
const smooth = new Set([
  'Asin', 'Acos', 'Atan', 'Asinh', 'Atanh', 'Acosh', 'Det', 'Einsum', 'Attention', 'RotaryEmbedding', 'CenterCropPad', 'Col2Im', 'ReverseSequence', 'GatherND', 'ScatterND', 'ScatterElements', 'Conv', 'ConvTranspose',
  'MaxPool', 'AveragePool', 'MaxUnpool', 'LpPool', 'GlobalLpPool', 'NegativeLogLikelihoodLoss', 'SoftmaxCrossEntropyLoss', 'RNN', 'GRU', 'LSTM', 'DFT', 'STFT', 'GridSample', 'RoiAlign', 'Resize', 'MaxRoiPool', 'DeformConv', 'TensorScatter',
]);

describe('gradients through composed operators = finite differences', () => {
  test.each([...furtherCases.filter(({ op }) => smooth.has(op)), ...microsoftCases].map((one) => ({ ...one, title: [one.op, one.note].filter(Boolean).join(', ') })))('$title', ({ op, x, constants = [], attributes, opset = 17, outputs = 1 }: Case) => {
    const named = (letter: string, list: readonly (HostArray | null)[]): [string, HostArray][] => list.flatMap((one, i) => (one ? [[`${letter}${i}`, wide(one)] as [string, HostArray]] : []));
    const names = [...x.map((one, i) => (one ? `x${i}` : '')), ...constants.map((one, i) => (one ? `c${i}` : ''))];
    const count = typeof outputs === 'number' ? outputs : outputs.length;
    const model = importOnnx(buildModel({
      inputs: Object.fromEntries(named('x', x).map(([name, { dtype, shape }]) => [name, { dtype, shape }])), constants: Object.fromEntries(named('c', constants)), opset, domains: { 'com.microsoft': 1 },
      outputs: ['y0'], nodes: [[op, names, Array.from({ length: count }, (_, i) => `y${i}`), attributes ?? {}]],
    }));
    const given = named('x', x).map(([name, { data, shape, dtype }]) => [name, tensor(data, { shape, dtype })] as const);
    const moving = given.filter(([, { dtype }]) => dtype === 'float64');
    checkGradient((...moved) => model.call(new Map([...given, ...moving.map(([name], i) => [name, moved[i]!] as const)])).get('y0')!, moving.map(([, value]) => value), { name: op, tolerance: 1e-5 });
  });
});
