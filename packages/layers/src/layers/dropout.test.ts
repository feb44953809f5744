import { full, Random, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { AlphaDropout, DropPath, Dropout2d, TrainingRun } from '../index.ts';

const run = (): TrainingRun => new TrainingRun(new Random(2));
/** The values of each block of so many elements. */
const blocks = (values: readonly number[], size: number): number[][] =>
  Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size));

test('Dropout2d drops whole channels, DropPath whole samples', () => {
  const channels = blocks(new Dropout2d({ probability: 0.25 }).forward(full([20, 10, 3, 2], 3), run()).numbers(), 6);
  for (const channel of channels) expect([new Array(6).fill(0), new Array(6).fill(4)]).toContainEqual(channel);
  expect(channels.filter(([first]) => first === 0).length / 200).toBeCloseTo(0.25, 1);
  const samples = blocks(new DropPath({ probability: 0.5 }).forward(full([200, 2, 3], 1), run()).numbers(), 6);
  for (const sample of samples) expect([new Array(6).fill(0), new Array(6).fill(2)]).toContainEqual(sample);
  expect(samples.filter(([first]) => first === 0).length / 200).toBeCloseTo(0.5, 1);
});
test('AlphaDropout keeps mean 0 and variance 1, and drops to SELU’s minimum', () => {
  const random = new Random(1);
  const x = Float32Array.from({ length: 40_000 }, () => random.normal());
  const y = new AlphaDropout({ probability: 0.3 }).forward(tensor(x), run()).numbers();
  const mean = y.reduce((a, b) => a + b) / y.length;
  expect(mean).toBeCloseTo(0, 1.5);
  expect(y.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length).toBeCloseTo(1, 1.5);
  const scale = (0.7 * (1 + 0.3 * 1.7580993408473766 ** 2)) ** -0.5;
  const least = Math.fround(scale * (-1.7580993408473766 + 0.3 * 1.7580993408473766));
  expect(y.filter((v) => Math.abs(v - least) < 1e-6).length / y.length).toBeCloseTo(0.3, 1.5);
});
