import type { Preprocessing } from '@graft/zoo';

/** A script that classifies an image with a run's `model.onnx` in onnxruntime. Numbers are all that is put in: no name becomes code. */
export function usageOf({ width: side, channels, mean, std, order, polarity }: Preprocessing): string {
  const three = (list: readonly number[]): string => `[${Array.from({ length: channels }, (_, c) => list[c] ?? list[0]).join(', ')}]`;
  const shortest = Math.round((side * 8) / 7);
  const margin = Math.round((shortest - side) / 2);
  const read = channels === 1 || polarity ? 1 : 3;
  const resized = polarity ? `.resize(${side}, ${side}, { fit: 'fill' })` : `.resize(${shortest}, ${shortest}, { fit: 'cover' }).extract({ left: ${margin}, top: ${margin}, width: ${side}, height: ${side} })`;
  const channel = read === 1 ? '0' : order === 'bgr' ? '2 - c' : 'c';
  return `// npm install onnxruntime-node sharp; node classify.mjs photo.jpg
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
const [{ data: logits }] = Object.values(await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, [1, ${channels}, ${side}, ${side}]) }));
const labels = readFileSync('labels.txt', 'utf8').trimEnd().split('\\n');
console.log(labels[logits.indexOf(Math.max(...logits))]);`;
}
