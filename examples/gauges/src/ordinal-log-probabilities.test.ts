import { createWasmBackend } from '@graft/backend-wasm';
import { Linear, loadWeights, Sequential } from '@graft/layers';
import { describeLayer } from '@graft/layers/testing';
import { exportOnnx, importOnnx, onnxExporter } from '@graft/onnx';
import { createGraft } from '@graft/graft/node';
import { js, tensor } from '@graft/tensor';
import { describeOp } from '@graft/tensor/testing';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import gauges, { OrderedThresholds, OrdinalLogProbabilities, ordinalLogProbabilities } from './index.ts';

const samples = [
  { inputs: [{ shape: [5, 1] }, { shape: [3], values: [-1.5, 0.2, 0.9] }] },
  { inputs: [{ shape: [2, 1] }, { shape: [1], values: [0.3] }] },
  {
    inputs: [
      { shape: [1, 1], values: [4] },
      { shape: [2], values: [-2, 5] },
    ],
  },
];
describeOp(OrdinalLogProbabilities, samples);
describeOp(OrdinalLogProbabilities, samples, await createWasmBackend());
describeLayer('OrderedThresholds', () => new OrderedThresholds([4, 9, 1]), [{ shape: [3, 1] }]);

const probabilities = (score: number, thresholds: readonly number[]): number[] =>
  ordinalLogProbabilities(tensor([[score]], { dtype: 'float64' }), tensor([...thresholds], { dtype: 'float64' }))
    .numbers()
    .map(Math.exp);

test('probabilities are differences of logistic functions', () => {
  const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
  const [a, b, c] = probabilities(0.7, [-1, 2]);
  expect(a).toBeCloseTo(logistic(-1.7), 12);
  expect(b).toBeCloseTo(logistic(1.3) - logistic(-1.7), 12);
  expect(c).toBeCloseTo(1 - logistic(1.3), 12);
});
test('extreme scores and close thresholds stay finite in float32', () => {
  const values = ordinalLogProbabilities(tensor([[-80], [80]]), tensor([-1, -1 + 1e-5, 2])).numbers();
  expect(values.every((value) => Number.isFinite(value) && value <= 0)).toBe(true);
});
test('initial thresholds predict the class frequencies, and thresholds always stay in order', () => {
  const layer = new OrderedThresholds([9, 29, 59]);
  const shares = layer
    .forward(tensor([[0]]))
    .numbers()
    .map(Math.exp);
  [10, 30, 60].forEach((share, k) => expect(shares[k]).toBeCloseTo(share / 100, 5));
  loadWeights(layer, new Map([['steps', { shape: [2], dtype: 'float32', data: Float32Array.of(3, -20) }]]));
  const [low, high] = layer.thresholds().numbers();
  expect(high).toBeGreaterThanOrEqual(low!);
  expect(() => new OrderedThresholds([3])).toThrow('OrderedThresholds expects two or more grades, got 1.');
});
test('invalid shapes are rejected', () => {
  expect(() => ordinalLogProbabilities(tensor([[1, 2]]), tensor([1]))).toThrow(
    'ordinalLogProbabilities expects scores [batch, 1] and thresholds [grades - 1], got [1, 2] and [1].',
  );
});
test.each([2, 3, 6])('a model of %i grades is exported with standard operators and imported again', async (grades) => {
  const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
  const counts = Array.from({ length: grades }, (_, k) => k + 1);
  const model = new Sequential(new Linear({ in: 4, out: 1 }).initialize(1), new OrderedThresholds(counts));
  const bytes = await exportOnnx(model, { inputShape: [4], exporters: app.all(onnxExporter) });
  const values = Float32Array.from({ length: 12 }, (_, i) => 3 * Math.sin(i));
  const ours = model.forward(tensor(values, { shape: [3, 4] })).numbers();
  const session = await ort.InferenceSession.create(bytes);
  const { logits } = await session.run({ input: new ort.Tensor('float32', values, [3, 4]) });
  const imported = await importOnnx(bytes).to(js);
  const back = imported.forward(tensor(values, { shape: [3, 4] })).numbers();
  expect(logits!.dims).toEqual([3, grades]);
  ours.forEach((value, i) => {
    expect(value).toBeCloseTo(Number(logits!.data[i]), 5);
    expect(value).toBeCloseTo(back[i]!, 5);
  });
  await expect(exportOnnx(model, { inputShape: [4], opset: 9, exporters: app.all(onnxExporter) })).rejects.toThrow(
    'Ordinal models need ONNX opset 11 or later, got 9.',
  );
});
