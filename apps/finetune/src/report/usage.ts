import type { Preprocessing } from '@graft/zoo';
import type { TaskName } from '../task/task.ts';

/** What the script prints of a model's answers. */
const printed: Readonly<Record<TaskName, string>> = {
  classification: 'console.log(labels[logits.indexOf(Math.max(...logits))]);',
  multilabel: "console.log(labels.filter((_, k) => logits[k] > 0).join(', ') || 'none');",
  regression: "console.log(labels.map((name, k) => `${name} ${numbers[k]}`).join(', '));",
};

/** A script that answers to an image with a run's `model.onnx` in onnxruntime. Numbers are all that is put in: no name becomes code. */
export function usageOf(
  { width: side, channels, mean, std, order, polarity }: Preprocessing,
  task: TaskName = 'classification',
): string {
  const three = (list: readonly number[]): string =>
    `[${Array.from({ length: channels }, (_, c) => list[c] ?? list[0]).join(', ')}]`;
  const shortest = Math.round((side * 8) / 7);
  const margin = Math.round((shortest - side) / 2);
  const read = channels === 1 || (polarity && task === 'classification') ? 1 : 3;
  const resized =
    polarity || task === 'regression'
      ? `.resize(${side}, ${side}, { fit: 'fill' })`
      : `.resize(${shortest}, ${shortest}, { fit: 'cover' }).extract({ left: ${margin}, top: ${margin}, width: ${side}, height: ${side} })`;
  const answers = task === 'regression' ? 'numbers' : 'logits';
  const channel = read === 1 ? '0' : order === 'bgr' ? '2 - c' : 'c';
  return `// npm install onnxruntime-node sharp; node ${task === 'classification' ? 'classify' : 'answer'}.mjs photo.jpg
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';

const [size, mean, std] = [${side} * ${side}, ${three(mean)}, ${three(std)}];
const pixels = await sharp(process.argv[2]).autoOrient().flatten({ background: '#fff' }).toColourspace('${read === 1 ? 'b-w' : 'srgb'}')
  ${resized}.raw().toBuffer();
const input = Float32Array.from({ length: ${channels} * size }, (_, i) => {
  const c = Math.floor(i / size);
  return (pixels[${read} * (i % size) + ${read === 1 ? '0' : channel}] / 255 - mean[c]) / std[c];
});
const session = await ort.InferenceSession.create('model.onnx');
const [{ data: ${answers} }] = Object.values(await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, [1, ${channels}, ${side}, ${side}]) }));
const labels = readFileSync('labels.txt', 'utf8').trimEnd().split('\\n');
${printed[task]}`;
}
