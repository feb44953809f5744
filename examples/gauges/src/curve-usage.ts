import type { CurvePreprocessing } from './curve-preprocessing.ts';

/** Describes the inputs of a curve model, with a script that runs it in onnxruntime. Only numbers and the trusted `print` code are inserted. */
export function curveUsage(
  { channels, length, mean, std }: CurvePreprocessing,
  print: string,
): { readonly inputs: string; readonly script: string } {
  return {
    inputs: `Curves of ${channels} channel${channels === 1 ? '' : 's'}, resampled to ${length} steps`,
    script: `// npm install onnxruntime-node; node predict.mjs pump.curve
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';

const [channels, length, mean, std] = [${channels}, ${length}, ${JSON.stringify(mean)}, ${JSON.stringify(std)}];
const numbers = readFileSync(process.argv[2], 'utf8').split(/[\\s,;]+/).filter(Boolean).map(Number);
const steps = numbers.length / channels;
const input = Float32Array.from({ length: channels * length }, (_, i) => {
  const [c, at] = [Math.floor(i / length), ${length === 1 ? '0.5 * (steps - 1)' : '((i % length) / (length - 1)) * (steps - 1)'}];
  const value = (step) => numbers[Math.min(step, steps - 1) * channels + c];
  const left = Math.floor(at);
  return (value(left) + (at - left) * (value(left + 1) - value(left)) - mean[c]) / std[c];
});
const session = await ort.InferenceSession.create('model.onnx');
const [{ data: outputs }] = Object.values(await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, [1, channels, length]) }));
const labels = readFileSync('labels.txt', 'utf8').trimEnd().split('\\n');
${print}`,
  };
}
