import type { Preprocessing } from '@graft/zoo';
import type { ModelUsage } from '../modality.ts';
import type { Objective } from '../objective.ts';

/** Describes the inputs of an image model, and generates a script that runs it with onnxruntime. Only numbers are inserted, so names cannot inject code. */
export function imageUsage(
  { width: side, channels, mean, std, order, polarity }: Preprocessing,
  { extent, colour }: Objective['preserves'],
  print: string,
): ModelUsage {
  const perChannel = (list: readonly number[]): string =>
    `[${Array.from({ length: channels }, (_, c) => list[c] ?? list[0]).join(', ')}]`;
  const shortest = Math.round((side * 8) / 7);
  const margin = Math.round((shortest - side) / 2);
  const read = channels === 1 || (polarity && !colour) ? 1 : 3;
  const resized =
    polarity || extent
      ? `.resize(${side}, ${side}, { fit: 'fill' })`
      : `.resize(${shortest}, ${shortest}, { fit: 'cover' }).extract({ left: ${margin}, top: ${margin}, width: ${side}, height: ${side} })`;
  const channel = read === 1 ? '0' : order === 'bgr' ? '2 - c' : 'c';
  return {
    difference: 'it resizes differently from Graft, so predictions differ slightly',
    inputs: `${channels === 1 ? 'Grayscale' : order.toUpperCase()} images of ${side}×${side}`,
    script: `// npm install onnxruntime-node sharp; node predict.mjs photo.jpg
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';

const [size, mean, std] = [${side} * ${side}, ${perChannel(mean)}, ${perChannel(std)}];
const pixels = await sharp(process.argv[2]).autoOrient().flatten({ background: '#fff' }).toColourspace('${read === 1 ? 'b-w' : 'srgb'}')
  ${resized}.raw().toBuffer();
const input = Float32Array.from({ length: ${channels} * size }, (_, i) => {
  const c = Math.floor(i / size);
  return (pixels[${read} * (i % size) + ${channel}] / 255 - mean[c]) / std[c];
});
const session = await ort.InferenceSession.create('model.onnx');
const [{ data: outputs }] = Object.values(await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', input, [1, ${channels}, ${side}, ${side}]) }));
const labels = readFileSync('labels.txt', 'utf8').replace(/\\n$/, '').split('\\n');
${print}`,
  };
}
