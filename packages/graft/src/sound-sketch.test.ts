import { finetune, openRun } from '@graft/finetune';
import { Conv1d, Module, ReLU, Sequential } from '@graft/layers';
import { exportOnnx, readModel } from '@graft/onnx';
import { apiVersion, type App, configurable, definePlugin } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { type Feed, modality, type Modality, WrongModality } from '@graft/tasks';
import { Random, type Tensor, unsqueeze } from '@graft/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import { runNamedInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
import { createGraft } from './node/index.ts';

/** A sketch of an audio modality: waves of any length, padded with silence to the longest of their batch. */
const waves: Modality<Float32Array, Float32Array> = {
  name: 'wave',
  noun: ['wave', 'waves'],
  extensions: ['.wave'],
  inputOf: ({ fields }) => fields['samples'] as Float32Array,
  inputFrom: (value) => value as Float32Array,
  nameOf: (input) => `${input.length} samples`,
  async feed({ file }) {
    const [input] = file.inputs;
    if (input?.shape?.length !== 2) throw new WrongModality(`"${file.name}" is not a network for waves.`);
    return feedOf(file);
  },
  restore: async (_, { file }) => feedOf(file),
  usage: () => ({ inputs: 'Waves', script: '' }),
};
const feedOf = (file: Feed['file']): Feed<Float32Array, Float32Array> => ({
  preprocessing: { rate: 16_000 },
  assumptions: [],
  file,
  inputs: { wave: { shape: ['samples'], dtype: 'float32' } },
  sizes: { samples: 1600 },
  read: async (wave) => wave,
  training: (wave, random) => wave.map((value) => value * (0.8 + 0.4 * random.next())),
  evaluation: (wave) => wave,
  collate(samples, indices) {
    const length = Math.max(...samples.map(({ input }) => input.length));
    const data = new Float32Array(samples.length * length);
    for (const [n, { input }] of samples.entries()) data.set(input, n * length);
    return {
      inputs: { wave: { data, shape: [samples.length, length], dtype: 'float32' } },
      labels: Int32Array.from(samples, ({ label }) => label as number),
      indices,
    };
  },
  bytesOf: (wave) => wave.byteLength,
  show: async (wave) => ({ text: `${wave.length} samples` }),
});
const plugin = definePlugin({
  name: 'waves',
  apiVersion,
  contributes: [modality(configurable('wave', () => waves as Modality, {}))],
});

/** Two convolutions, the first over frames of 400 samples. They need more than the default of 16 samples. */
class Frames extends Module {
  readonly layers = new Sequential(
    new Conv1d({ in: 1, out: 8, kernel: 400, stride: 160 }),
    new ReLU(),
    new Conv1d({ in: 8, out: 12, kernel: 3 }),
    new ReLU(),
  );
  override forward(x: Tensor): Tensor {
    return this.layers.forward(unsqueeze(x, [1]));
  }
}
const tone = (frequency: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / 16_000));
const data = Array.from({ length: 24 }, (_, i) => {
  const random = new Random(i);
  const high = i % 2 === 1;
  return {
    input: new Uint8Array(),
    samples: tone((high ? 2000 : 250) * (1 + 0.2 * random.next()), 1600 + random.int(1600)),
    label: high ? 'high' : 'low',
  };
});

let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [], plugins: [plugin] });
});
afterAll(() => app.dispose());

test(
  'an audio modality works: dynamic length, a one-dimensional feature map, named inputs',
  { timeout: 60_000 },
  async () => {
    const model = await exportOnnx(new Frames().initialize(3), {
      inputs: { wave: { shape: ['batch', 'samples'] } },
      sizes: { samples: 1600 },
    });
    const storage = memoryStorage();
    const { scores, summary } = await finetune(
      { model, data, cut: 'logits', epochs: 20, batch: 6, learningRate: 0.05, validation: 0.25 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    expect(summary).toMatchObject({
      modality: 'wave',
      preprocessing: { rate: 16_000 },
      trainableParameters: 2 * 12 + 2,
    });
    const bytes = await storage.read('model.onnx');
    expect(readModel(bytes).inputs).toEqual([{ name: 'wave', dtype: 'float32', shape: ['batch', 'samples'] }]);
    const run = await openRun(storage, { app });
    const wave = tone(260, 2000);
    const [{ values } = {}] = await run.predict([wave]);
    const logits = await runNamedInOnnxruntime(bytes, { wave: { data: wave, shape: [1, 2000], dtype: 'float32' } });
    const powers = Array.from(logits, Math.exp);
    const sum = powers.reduce((all, power) => all + power);
    expect(
      relativeDifference(
        values!,
        powers.map((power) => power / sum),
      ),
    ).toBeLessThan(1e-4);
    await run.dispose();
  },
);
