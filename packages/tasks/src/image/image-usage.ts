import type { Preprocessing } from '@graft/zoo';
import type { ModelUsage } from '../modality.ts';
import type { Objective } from '../objective.ts';
import { barsOf, describeResize, type ImageResize, resizeOf, scaledSize } from './image-resize.ts';

/** Kernel names in sharp. */
const sharpKernels = { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

/** How sharp resizes an image to a network's input. */
function resizeScript({ width, height, mean }: Preprocessing, { resize, shortestSide, kernel }: ImageResize): string {
  const scaled = scaledSize({ width, height, shortestSide });
  const [left, top] = [Math.round((scaled.width - width) / 2), Math.round((scaled.height - height) / 2)];
  const colour = barsOf(mean);
  const each = `[${colour.join(', ')}][page]`;
  const [r, g, b] =
    colour.length > 4 ? [each, each, each] : colour.length < 3 ? [colour[0], colour[0], colour[0]] : colour;
  const to = (fit: string, more = ''): string =>
    `.resize(${scaled.width}, ${scaled.height}, { fit: '${fit}', kernel: '${sharpKernels[kernel]}'${more} })`;
  const cropped = left || top ? `.extract({ left: ${left}, top: ${top}, width: ${width}, height: ${height} })` : '';
  if (resize === 'pad') return `${to('contain', `, background: { r: ${r}, g: ${g}, b: ${b} }`)}${cropped}`;
  return `${to(resize === 'crop' ? 'cover' : 'fill')}${cropped}`;
}

/** Describes the inputs of an image model, and generates a script that runs it with onnxruntime. Only numbers are inserted, so names cannot inject code. */
export function imageUsage(preprocessing: Preprocessing, preserves: Objective['preserves'], print: string): ModelUsage {
  const { width, height, channels, mean, std, order, polarity, layout, dtype } = preprocessing;
  const { colour } = preserves;
  const how = resizeOf(preprocessing, preserves);
  const perChannel = (list: readonly number[]): string =>
    `[${Array.from({ length: channels }, (_, c) => list[c] ?? list[0]).join(', ')}]`;
  // Grey images with opacity are read as colours.
  const read = channels === 1 || (channels === 3 && polarity && !colour) ? 1 : channels === 2 ? 4 : channels;
  const isPaged = channels > 4;
  const resized = resizeScript(preprocessing, how);
  const channel =
    read === 1
      ? '0'
      : channels === 2
        ? '3 * c'
        : order !== 'bgr'
          ? 'c'
          : channels === 4
            ? '(c < 3 ? 2 - c : c)'
            : '2 - c';
  const [c, pixel] =
    layout === 'nhwc' ? [`i % ${channels}`, `Math.floor(i / ${channels})`] : ['Math.floor(i / size)', 'i % size'];
  const pixels = isPaged ? `pages[c][${pixel}]` : `pixels[${read} * (${pixel}) + ${channel}]`;
  const array = dtype === 'uint8' ? 'Uint8Array' : dtype === 'float16' ? 'Float16Array' : 'Float32Array';
  const value = dtype === 'uint8' ? pixels : `(${pixels} / 255 - mean[c]) / std[c]`;
  const shape = layout === 'nhwc' ? [1, height, width, channels] : [1, channels, height, width];
  const opacity = read === 4 ? '.ensureAlpha()' : ".flatten({ background: '#fff' })";
  const kind =
    channels === 1
      ? 'Grayscale images'
      : channels === 2
        ? 'Grayscale images with opacity'
        : isPaged
          ? `Images of ${channels} channels, as TIFF files with one grey page for each,`
          : `${order.toUpperCase()}${channels === 4 ? 'A' : ''} images`;
  const decoded = isPaged
    ? `const pages = await Promise.all(Array.from({ length: ${channels} }, (_, page) => sharp(process.argv[2], { page }).toColourspace('b-w')
  ${resized}.raw().toBuffer()));`
    : `const pixels = await sharp(process.argv[2]).autoOrient()${opacity}.toColourspace('${read === 1 ? 'b-w' : 'srgb'}')
  ${resized}.raw().toBuffer();`;
  return {
    difference: 'it resizes differently from Graft, so predictions differ slightly',
    inputs: `${kind} of ${width}×${height}, ${describeResize({ width, height, ...how })}${layout === 'nhwc' ? ', with the channels last' : ''}${dtype === 'uint8' ? ', as bytes' : dtype === 'float16' || dtype === 'bfloat16' ? `, as ${dtype}` : ''}`,
    script: `// npm install onnxruntime-node sharp; node predict.mjs photo.jpg
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';${dtype === 'float16' ? '\n// Float16Array needs Node 24 or later.' : ''}

${dtype === 'uint8' ? `const size = ${width} * ${height};` : `const [size, mean, std] = [${width} * ${height}, ${perChannel(mean)}, ${perChannel(std)}];`}
${decoded}
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
