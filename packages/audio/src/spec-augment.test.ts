import { TrainingRun } from '@graft/layers';
import { ones, Random, type Tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { SpecAugment } from './spec-augment.ts';

const run = (seed: number): TrainingRun => new TrainingRun(new Random(seed));

test('bands and frames of each example are masked in training, and nothing at inference', () => {
  const module = new SpecAugment({ frequencies: 3, frames: 5, count: 1 });
  const x = ones([4, 1, 10, 20]);
  expect(module.forward(x)).toBe(x);
  const at = (y: Tensor, n: number, band: number, frame: number): number =>
    Number(y.arraySync()[n * 200 + band * 20 + frame]);
  const patterns = new Set<string>();
  const y = module.forward(x, run(2));
  expect(y.shape).toEqual(x.shape);
  for (let n = 0; n < 4; n++) {
    const bands = Array.from({ length: 10 }, (_, b) =>
      Math.max(...Array.from({ length: 20 }, (__, t) => at(y, n, b, t))),
    );
    const frames = Array.from({ length: 20 }, (_, t) =>
      Math.max(...Array.from({ length: 10 }, (__, b) => at(y, n, b, t))),
    );
    for (let b = 0; b < 10; b++) for (let t = 0; t < 20; t++) expect(at(y, n, b, t)).toBe(bands[b]! * frames[t]!);
    expect(bands.filter((one) => one === 0).length).toBeLessThanOrEqual(3);
    expect(frames.filter((one) => one === 0).length).toBeLessThanOrEqual(5);
    patterns.add(`${bands.join()} ${frames.join()}`);
  }
  expect(patterns.size).toBe(4);
  expect(module.forward(x, run(2)).arraySync()).toEqual(y.arraySync());
  expect(module.forward(x, run(3)).arraySync()).not.toEqual(y.arraySync());
});
test('invalid options', () => {
  expect(() => new SpecAugment({ frames: -1 })).toThrow(
    'SpecAugment expects frames to be an integer of 0 or more, got -1.',
  );
});
