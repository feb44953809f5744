import { type Batch } from '@graft/data';
import { crossEntropy, Linear } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { createApp } from '@graft/plugin';
import { js, Random, type Tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { accuracy, cutmix, fit, mixup, preparation, type Prepare, trainPlugin } from './index.ts';

/** Three images [3, 2, 8, 8], filled with 0, 1 and 2, of classes 0, 1 and 2. */
const batch: Batch = {
  inputs: Float32Array.from({ length: 3 * 128 }, (_, i) => Math.floor(i / 128)),
  shape: [3, 2, 8, 8],
  labels: Int32Array.of(0, 1, 2),
  indices: [0, 1, 2],
};
const rows = (values: readonly number[], width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
const prepared = (prepare: Prepare<Batch>, random?: Random, from = batch) => {
  const { input, target } = prepare(from, js, random) as { input: Tensor; target: Tensor };
  return {
    inputs: rows(input.numbers(), input.size / from.labels.length),
    targets: rows(target.numbers(), target.size / from.labels.length),
  };
};

test('mixup blends inputs and classes in the same proportion', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { inputs, targets } = prepared(mixup({ classes: 3 }), new Random(seed));
    const share = targets[1]![1]!;
    expect(inputs[1]!.every((value) => Math.abs(value - share) < 1e-6)).toBe(true); // 1 · share + 0 · (1 − share)
    expect(inputs[0]!.every((value) => Math.abs(value - 2 * (1 - share)) < 1e-6)).toBe(true);
    expect(targets[0]![2]).toBeCloseTo(1 - share, 6);
    for (const row of targets) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  }
});
test('cutmix mixes classes in proportion to the pasted area', () => {
  const areas = new Set<number>();
  for (let seed = 0; seed < 50; seed++) {
    const { inputs, targets } = prepared(cutmix({ classes: 3 }), new Random(seed));
    const foreign = inputs[1]!.filter((value) => value === 0).length / 128;
    expect(targets[1]![0]).toBeCloseTo(foreign, 6);
    expect(targets[1]![1]).toBeCloseTo(1 - foreign, 6);
    // The pasted area is a box: all rows that contain part of it share the same columns.
    const marks = new Set(
      rows(inputs[1]!, 8)
        .map((row) => row.join(''))
        .filter((row) => row.includes('0')),
    );
    expect(marks.size).toBeLessThanOrEqual(1);
    areas.add(foreign);
  }
  expect(areas.size).toBeGreaterThan(10);
});
test('mixing proportions follow the beta distribution', () => {
  const random = new Random(1);
  const shares = Array.from({ length: 4000 }, () => random.beta(0.4, 0.4));
  const mean = shares.reduce((a, b) => a + b) / shares.length;
  expect(mean).toBeCloseTo(0.5, 1);
  expect(shares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / shares.length).toBeCloseTo(
    1 / (4 * (2 * 0.4 + 1)),
    2,
  );
});
test('mixing is reproducible by seed, and off in validation', () => {
  for (const prepare of [mixup({ classes: 3 }), cutmix({ classes: 3 })]) {
    expect(prepared(prepare, new Random(5))).toEqual(prepared(prepare, new Random(5)));
    expect(prepared(prepare, new Random(5))).not.toEqual(prepared(prepare, new Random(6)));
    expect(prepared(prepare).targets.flat()).toEqual([0, 1, 2]);
  }
  expect(prepared(mixup({ classes: 3, probability: 0 }), new Random(1)).targets).toEqual([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
});
test.each([
  ['mixup', mixup],
  ['cutmix', cutmix],
] as const)('a configuration can create %s by name', async (name, make) => {
  const made = (await createApp([trainPlugin])).get(preparation, name).create({ classes: 3, alpha: 0.5 });
  expect(prepared(made, new Random(4))).toEqual(prepared(make({ classes: 3, alpha: 0.5 }), new Random(4)));
});
test('a network trains on mixed batches and validates on unmixed ones', async () => {
  const inputs = Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? Math.sin(i) : (i / 2) % 2 ? 2 : -2));
  const data: Batch[] = [
    { inputs, shape: [32, 2], labels: Int32Array.from({ length: 32 }, (_, i) => i % 2), indices: [] },
  ];
  const train = async () => {
    const model = new Linear({ in: 2, out: 2 }).initialize(1);
    return (
      await fit({
        model,
        loss: crossEntropy(),
        optimizer: new Optimizer([model.weight, model.bias!], sgd({ learningRate: 0.5 })),
        data,
        validation: data,
        metrics: [accuracy()],
        prepare: mixup({ classes: 2, alpha: 1 }),
        epochs: 20,
      })
    ).log;
  };
  const log = await train();
  expect(log.at(-1)!['validationAccuracy']).toBe(1);
  expect(log.at(-1)!['validationLoss']).toBeLessThan(log.at(-1)!['loss']!);
  expect(await train()).toEqual(log);
});
test.each<[() => unknown, string]>([
  [() => mixup({ classes: 1 }), 'mixup expects "classes" to be an integer of 2 or more, got 1.'],
  [() => mixup({ classes: 3, alpha: 0 }), 'mixup expects an alpha above 0, got 0.'],
  [() => cutmix({ classes: 3, probability: 2 }), 'cutmix expects a probability from 0 to 1, got 2.'],
  [
    () => cutmix({ classes: 3 })({ ...batch, shape: [3, 128] }, js, new Random(1)),
    'cutmix expects images [batch, channels, height, width], got [3, 128].',
  ],
  [
    () => mixup({ classes: 2 })(batch, js, new Random(1)),
    'Sample 2 of the batch has class 2, but mixup was created for 2 classes (0 to 1).',
  ],
])('rejects invalid input: case %#', (make, message) => expect(make).toThrow(message));
