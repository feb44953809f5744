import type { ModelUsage } from '../modality.ts';
import type { SoundPreprocessing } from './sound-preprocessing.ts';

/** Describes the inputs of a model of sounds, and generates a script that runs it with onnxruntime. Only numbers are inserted, so names cannot inject code. */
export function soundUsage(
  { rate, samples, amplitude = 1, normalize = false }: SoundPreprocessing,
  print: string,
): ModelUsage {
  return {
    inputs: `Waves of ${samples} samples from −1 to 1 at ${rate} per second with one channel: the loudest part of longer sounds; shorter ones centred in silence${normalize ? '; mean 0 and variance 1' : ''}${amplitude === 1 ? '' : `; times ${amplitude}`}`,
    script: `// npm install onnxruntime-node @graft/audio; node predict.mjs sound.wav
import { readFileSync } from 'node:fs';
import { decodeWav, loudestStart, partOf, resample } from '@graft/audio';
import * as ort from 'onnxruntime-node';

const { samples, rate } = decodeWav(readFileSync(process.argv[2]));
const wave = resample(samples, rate, ${rate});
const clip = partOf(wave, loudestStart(wave, ${samples}), ${samples});
${
  normalize
    ? `const mean = clip.reduce((sum, value) => sum + value, 0) / clip.length;
const variance = clip.reduce((sum, value) => sum + (value - mean) ** 2, 0) / clip.length;
const input = clip.map((value) => (value - mean) / Math.sqrt(variance + 1e-7));`
    : amplitude === 1
      ? 'const input = clip;'
      : `const input = clip.map((value) => ${amplitude} * value);`
}
const session = await ort.InferenceSession.create('model.onnx');
const [{ shape, name, type }] = session.inputMetadata;
const values = type === 'float16' ? Float16Array.from(input) : input; // Float16Array needs Node 24 or later
const [{ data: outputs }] = Object.values(await session.run({ [name]: new ort.Tensor(type, values, shape.length === 3 ? [1, 1, ${samples}] : [1, ${samples}]) }));
const labels = readFileSync('labels.txt', 'utf8').replace(/\\n$/, '').split('\\n');
${print}`,
  };
}
