import type { Batch } from '@graft/data';
import { createGraft } from '@graft/graft/node';
import { readModel } from '@graft/onnx';
import { classification, regression } from '@graft/tasks';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { tinyNetwork } from '../test/workbench.ts';
import gauges, { type Curve, curveModality, type CurveOptions, parseCurve, resampled } from './index.ts';

const values = ({ values }: Curve): number[] => Array.from(values, (value) => Number(value.toFixed(4)));

test('parses numbers, with all channels of a time step next to each other', () => {
  expect(parseCurve(' 1, 2;3\n4e1\t-5 6 ', 'a', 2)).toEqual({
    values: Float32Array.of(1, 3, -5, 2, 40, 6),
    channels: 2,
    steps: 3,
  });
});
test.each([
  ['1 2 x 4', 1, 'Value 3 of "a" is "x", but must be a finite number. Correct or remove it.'],
  ['1 Infinity', 1, 'Value 2 of "a" is "Infinity", but must be a finite number.'],
  ['1 2 3', 2, '"a" contains 3 numbers, but a curve with 2 channels needs 2 for each of at least two time steps.'],
  ['', 1, '"a" contains 0 numbers, but a curve with 1 channel needs 1 for each'],
])('rejects %j', (text, channels, message) => expect(() => parseCurve(text, 'a', channels)).toThrow(message));
test('resampling interpolates linearly, and a shift repeats the ends', () => {
  const curve = parseCurve('0 10 1 11 2 12', 'a', 2);
  expect(values(resampled(curve, 5))).toEqual([0, 0.5, 1, 1.5, 2, 10, 10.5, 11, 11.5, 12]);
  expect(values(resampled(curve, 3, 0.25))).toEqual([0.5, 1.5, 2, 10.5, 11.5, 12]);
  expect(values(resampled(curve, 1))).toEqual([1, 11]);
});

const app = await createGraft({ plugins: [gauges], modelsFrom: [] });
const network = (sketch = {}): Parameters<ReturnType<typeof curveModality>['feed']>[0] => ({
  card: undefined,
  file: readModel({ name: 'tiny', model: tinyNetwork(sketch) }),
});
const feedOf = (options: CurveOptions, objective = classification) =>
  curveModality(options, app).feed(network(), objective);

test('training adds noise and shifts in time, reproducibly by seed', async () => {
  const ramp = parseCurve(Array.from({ length: 32 }, (_, i) => i).join(' '), 'a', 1);
  const train = async (options: CurveOptions, seed: number, objective = classification): Promise<number[]> =>
    values(await (await feedOf(options, objective)).training(ramp, new Random(seed)));
  expect(await train({}, 1)).toEqual(await train({}, 1));
  expect(await train({}, 1)).not.toEqual(await train({}, 2));
  expect(await train({ noise: 0, shift: 0 }, 1)).toEqual(values(ramp));
  const shifted = await train({ noise: 0, shift: 0.1 }, 1);
  expect(Math.abs(shifted[15]! - 15)).toBeGreaterThan(0.01);
  expect(Math.abs(shifted[15]! - 15)).toBeLessThanOrEqual(3.1);
  expect(await train({ noise: 0, shift: 0.1 }, 1, regression)).toEqual(values(ramp)); // regression targets may depend on the ends
  const noise = (await train({ noise: 0.5, shift: 0, std: [4] }, 1)).map((value, i) => value - i);
  const deviation = Math.sqrt(noise.reduce((sum, one) => sum + one ** 2, 0) / 32);
  expect(deviation).toBeGreaterThan(1.4); // expected: 2, estimated from 32 samples
  expect(deviation).toBeLessThan(2.6);
});
test('batches are normalised, with class or regression targets', async () => {
  const { collate, preprocessing } = await feedOf({ mean: [10], std: [2] });
  expect(preprocessing).toEqual({ channels: 1, length: 32, mean: [10], std: [2] });
  const input = resampled(parseCurve('10 14', 'a', 1), 32);
  const batch = collate([{ input, label: 3 }], [7]) as Batch;
  expect([batch.shape, batch.inputs[0], batch.inputs[31]]).toEqual([[1, 1, 32], 0, 2]);
  expect(collate([{ input, label: 3 }], [7])).toMatchObject({ labels: Int32Array.of(3), indices: [7] });
  expect(collate([{ input, label: Float32Array.of(1, 2) }], [7])).toMatchObject({
    labels: Float32Array.of(1, 2),
    labelShape: [1, 2],
  });
});
test('unsuitable networks and options are rejected', async () => {
  const modality = curveModality({}, app);
  const image = network({ inputs: { curve: { shape: ['N', 3, 8, 8] } } });
  await expect(modality.feed(image, classification)).rejects.toThrow(
    '"tiny" expects "curve" [N, 3, 8, 8], but curves are float32 [batch, channels, length].',
  );
  await expect(feedOf({ length: 64 })).rejects.toThrow(
    '"tiny" expects curves of 32 steps, but length is 64. Omit length.',
  );
  const open = network({ inputs: { curve: { shape: ['N', 1, 'L'] } } });
  await expect(modality.feed(open, classification)).rejects.toThrow(
    '"tiny" accepts curves of any length. Set a length',
  );
  expect((await curveModality({ length: 40 }, app).feed(open, classification)).inputs).toEqual({
    curve: { shape: [1, 40], dtype: 'float32' },
  });
  for (const damaged of [null, {}, { channels: 1, length: 32, mean: [0], std: [0] }, { channels: 1e9, length: 1e9 }])
    await expect(modality.restore(damaged, network(), classification)).rejects.toThrow(
      'has no valid curve settings under "preprocessing"',
    );
  expect(() => curveModality({ noise: 2 }, app)).toThrow('curve expects noise from 0 to 1, got 2.');
  expect(() => modality.inputFrom(7)).toThrow('Expected a curve.');
});
test('a curve is drawn as a line', async () => {
  const { picture } = await (await feedOf({})).show({ values: Float32Array.of(0, 5, 1), channels: 1, steps: 3 });
  expect(new TextDecoder().decode(picture!.bytes)).toMatch(/^<svg [^>]*>.*<polyline [^>]*points="8\.0,184\.0 /);
});
