import { arrayDataset, Loader, vectorBatch, withTargets } from '@graft/data';
import { Linear, meanSquaredError, Sequential, weightsOf } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { scope, tensor } from '@graft/tensor';
import { unfreedTensors } from '@graft/tensor/testing';
import { evaluate, fit, r2 } from '@graft/train';
import { expect, test } from 'vitest';
import { inUnitsOf, Rescaling, standardisation } from './index.ts';

const targets = [
  [1000, 0.001],
  [1010, 0.003],
  [990, 0.002],
];

test('computes means and standard deviations; the scale of a constant value is 1', () => {
  const { scale, offset } = standardisation(targets);
  expect(offset[0]).toBe(1000);
  expect(scale[0]).toBeCloseTo(Math.sqrt(200 / 3), 12);
  expect(offset[1]).toBeCloseTo(0.002, 12);
  expect(standardisation([[5], [5]])).toEqual({ scale: [1], offset: [5] });
  expect(() => standardisation([])).toThrow('at least one sample, got none');
});
test('restores the original units, and the loss equals that of standardised values', () => {
  const options = standardisation(targets);
  const before = unfreedTensors();
  const rescaling = new Rescaling(options);
  expect([...rescaling.parameters()].map(([path, { kind, trainable }]) => [path, kind, trainable])).toEqual([
    ['scale', 'buffer', false],
    ['offset', 'buffer', false],
  ]);
  scope(() => {
    const x = tensor([0, 1, -1, 0.5], { shape: [2, 2] });
    const [y, truth] = [rescaling.forward(x), tensor(targets.slice(1).flat(), { shape: [2, 2] })];
    const standard = tensor(
      targets.slice(1).flatMap((row) => row.map((value, k) => (value - options.offset[k]!) / options.scale[k]!)),
      { shape: [2, 2] },
    );
    expect(inUnitsOf(options.scale, meanSquaredError())(y, truth).arraySync()[0]).toBeCloseTo(
      Number(meanSquaredError()(x, standard).arraySync()[0]),
      4,
    );
  });
  rescaling.dispose();
  expect(unfreedTensors()).toBe(before);
});
test('learns targets of very different magnitudes; the epoch counts all samples of uneven batches', async () => {
  const samples = Array.from({ length: 24 }, (_, i) => ({
    input: [Math.sin(i), Math.cos(3 * i)],
    label: [1000 + 50 * Math.sin(i), 0.001 * Math.cos(3 * i)],
  }));
  const options = standardisation(samples.map(({ label }) => label));
  const model = new Sequential(new Linear({ in: 2, out: 2 }), new Rescaling(options)).initialize(1);
  const data = new Loader(arrayDataset(samples), { batchSize: 5, shuffle: true, collate: withTargets(vectorBatch()) });
  const before = await weightsOf(model);
  const seen: number[] = [];
  await fit({
    model,
    data,
    loss: inUnitsOf(options.scale, meanSquaredError()),
    optimizer: new Optimizer(model, sgd({ learningRate: 0.1, momentum: 0.9 })),
    epochs: 40,
    callbacks: [{ name: 'count', afterEpoch: ({ samples }) => void seen.push(samples) }],
  });
  expect(seen).toEqual(Array.from({ length: 40 }, () => 24));
  expect((await evaluate(model, data, { metrics: [r2()] }))['r2']).toBeGreaterThan(0.999);
  for (const name of ['1.scale', '1.offset']) expect((await weightsOf(model)).get(name)).toEqual(before.get(name));
});
test('rejects invalid scales and offsets', () => {
  expect(() => new Rescaling({ scale: [1, 2], offset: [0] })).toThrow(
    'one offset per scale, got 2 scales and 1 offsets',
  );
  expect(() => new Rescaling({ scale: [0], offset: [0] })).toThrow('scales above 0, got 0');
});
