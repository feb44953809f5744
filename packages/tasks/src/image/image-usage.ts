import type { Preprocessing } from '@graft/zoo';
import type { ModelUsage } from '../modality.ts';
import type { Objective } from '../objective.ts';

/** Describes the inputs of an image model, and generates a script that runs it with onnxruntime. Only numbers are inserted, so names cannot inject code. */
export function imageUsage(
  { width, height, channels, mean, std, order, polarity, layout, dtype }: Preprocessing,
  { extent, colour }: Objective['preserves'],
  print: string,
): ModelUsage {
  const perChannel = (list: readonly number[]): string =>
    `[${Array.from({ length: channels }, (_, c) => list[c] ?? list[0]).join(', ')}]`;
  const isWhole = Boolean(polarity) || extent || width !== height;
  const shortest = Math.round((height * 8) / 7);
  const margin = Math.round((shortest - height) / 2);
  const read = channels === 1 || (polarity && !colour) ? 1 : channels;
  const resized = isWhole
    ? `.resize(${width}, ${height}, { fit: 'fill' })`
    : `.resize(${shortest}, ${shortest}, { fit: 'cover' }).extract({ left: ${margin}, top: ${margin}, width: ${width}, height: ${height} })`;
  const channel = read === 1 ? '0' : order !== 'bgr' ? 'c' : channels === 4 ? '(c < 3 ? 2 - c : c)' : '2 - c';
  const [c, pixel] =
    layout === 'nhwc' ? [`i % ${channels}`, `Math.floor(i / ${channels})`] : ['Math.floor(i / size)', 'i % size'];
  const pixels = `pixels[${read} * (${pixel}) + ${channel}]`;
  const array = dtype === 'uint8' ? 'Uint8Array' : dtype === 'float16' ? 'Float16Array' : 'Float32Array';
  const value = dtype === 'uint8' ? pixels : `(${pixels} / 255 - mean[c]) / std[c]`;
  const shape = layout === 'nhwc' ? [1, height, width, channels] : [1, channels, height, width];
  const opacity = channels === 4 ? '.ensureAlpha()' : ".flatten({ background: '#fff' })";
  const kind = channels === 1 ? 'Grayscale' : `${order.toUpperCase()}${channels === 4 ? 'A' : ''}`;
  return {
    difference: 'it resizes differently from Graft, so predictions differ slightly',
    inputs: `${kind} images of ${width}×${height}${layout === 'nhwc' ? ', with the channels last' : ''}${dtype === 'uint8' ? ', as bytes' : dtype === 'float16' || dtype === 'bfloat16' ? `, as ${dtype}` : ''}`,
    script: `// npm install onnxruntime-node sharp; node predict.mjs photo.jpg
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';${dtype === 'float16' ? '\n// Float16Array needs Node 24 or later.' : ''}

${dtype === 'uint8' ? `const size = ${width} * ${height};` : `const [size, mean, std] = [${width} * ${height}, ${perChannel(mean)}, ${perChannel(std)}];`}
const pixels = await sharp(process.argv[2]).autoOrient()${opacity}.toColourspace('${read === 1 ? 'b-w' : 'srgb'}')
  ${resized}.raw().toBuffer();
const input = ${array}.from({ length: ${channels} * size }, (_, i) => {
  const c = ${c};
  return ${value};
});
const session = await ort.InferenceSession.create('model.onnx');
const [{ data: outputs }] = Object.values(await session.run({ [session.inputNames[0]]: new ort.Tensor('${dtype ?? 'float32'}', input, [${shape.join(', ')}]) }));
const labels = readFileSync('labels.txt', 'utf8').replace(/\\n$/, '').split('\\n');
${print}`,
  };
}
