import {
  imageExtensions,
  type Batch,
  type Collate,
  compose,
  createTransforms,
  type ExampleFile,
  exampleFileOf,
  fileOpener,
  type Image,
  imageBatch,
  imageDecoderOf,
  imageFingerprint,
  type ImageDecoder,
  looksSame,
  type NamedBatch,
  textCell,
  type Transform,
  type TransformConfig,
  withLabels,
} from '@graft/data';
import { isKnownFormat, resize } from '@graft/augment';
import { addBatchAxis, type OnnxFile, resizeOnnxInput, type ValuePort } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import { Random } from '@graft/tensor';
import type { Preprocessing } from '@graft/zoo';
import type { Feed, Modality, Network } from '../modality.ts';
import { modalityType } from '../modality-type.ts';
import type { Objective } from '../objective.ts';
import { filePathColumns, usualPathColumn } from '../path-column.ts';
import { WrongModality } from '../wrong-modality.ts';
import { type InputValue, withHeldInputs } from './held-inputs.ts';
import { imageInput, imagePort, showDims } from './image-input.ts';
import { imagePlan, type ImagePlanOptions } from './image-plan.ts';
import { isPreprocessing, presetFor } from './image-preprocessing.ts';
import { imageUsage } from './image-usage.ts';
import { overlayOf } from './overlay.ts';

/** Options of the image modality. Defaults come from the model's card or file. */
export interface ImageOptions extends ImagePlanOptions {
  /** Augmentation to use instead of the preset; the result is resized to the network's input. */
  readonly transforms?: readonly TransformConfig[];
  /** Values of the network's other inputs, by name: one for all elements of an input, or a list. Those that follow from a name, such as `training`, need none. */
  readonly inputs?: Readonly<Record<string, InputValue>>;
  /** The name of the image decoder; default the one registered last: sharp in Node, the built-in decoder in browsers, or a plugin's. */
  readonly decoder?: string;
  /** The most pixels of an image; default 100 million. Larger ones are left out, because a file may claim any size. */
  readonly maxPixels?: number;
  /** The table column with image paths; default `path`. */
  readonly pathColumn?: string;
}

/** An image file, or pixels. */
type ImageInput = ExampleFile | Image;

/** Longest side of a single image, as a multiple of the other one. */
const mostOblong = 4;

/** Whether three fixed dimensions are those of an image with colours, rather than of a sequence of features or of points in space. */
function isColour({ shape }: ValuePort): boolean {
  const [first, second, third] = (shape ?? []).map((size) => (typeof size === 'number' ? size : 0)) as [
    number,
    number,
    number,
  ];
  const isDepth = (size: number): boolean => size === 3 || size === 4;
  const [one, other] = isDepth(first) ? [second, third] : isDepth(third) ? [first, second] : [0, 0];
  return Math.min(one, other) > 0 && Math.max(one, other) <= mostOblong * Math.min(one, other);
}

const isPixels = (input: object): input is Image => 'width' in input && 'height' in input && 'channels' in input;

/** The longer side of a picture in a report, in CSS pixels. The image has twice as many pixels, for high-density displays. */
const thumbnailSide = 96;

/** The image modality: decodes, augments, resizes and normalises images. */
export function imageModality(options: ImageOptions, context: Context): Modality<ImageInput, Image> {
  const { pathColumn, maxPixels } = options;
  if (maxPixels !== undefined && !(maxPixels >= 1))
    throw new Error(`The option maxPixels of the modality image must be 1 or more, got ${maxPixels}.`);
  const decoder = imageDecoderOf(context, options.decoder);
  const feedWith = (
    file: OnnxFile,
    preprocessing: Preprocessing,
    assumptions: readonly string[],
    { preserves }: Objective,
  ): Feed<ImageInput, Image> => {
    const preset = presetFor(preprocessing, preserves);
    const training: Transform<Image> = options.transforms
      ? compose(createTransforms(context, options.transforms), preset.evaluation)
      : preset.training;
    const { width, height, channels, layout } = preprocessing;
    // Networks of 16-bit floats are computed in float32.
    const dtype = preprocessing.dtype === 'uint8' ? 'uint8' : 'float32';
    const { name } = imageInput(file);
    const collate = withLabels(imageBatch(preset.normalization));
    return {
      preprocessing,
      assumptions,
      file,
      inputs: { [name]: { shape: layout === 'nhwc' ? [height, width, channels] : [channels, height, width], dtype } },
      read: (input) => read(decoder, input, { ...preset.decode, maxPixels }),
      training,
      evaluation: preset.evaluation,
      collate: dtype === 'uint8' ? inBytes(name, collate) : collate,
      bytesOf: ({ data }) => data.byteLength,
      fingerprint: imageFingerprint,
      looksSame,
      show: async (input) => ({ picture: await thumbnail(decoder, input, { channels, maxPixels }) }),
      overlay: async (batch, place, heat) => ({ picture: await overlayOf(decoder, preprocessing, batch, place, heat) }),
    };
  };
  return {
    name: 'image',
    noun: ['image', 'images'],
    extensions: imageExtensions,
    recognises: isKnownFormat,
    inputOf({ file, fields }, examples) {
      if (file) return file;
      const column = examples.reading?.pathColumn ?? pathColumn ?? usualPathColumn(examples.columns, pathColumns);
      return examples.file(textCell(fields, column, 'pathColumn'));
    },
    inputFrom(value) {
      if (typeof value === 'string') return context.use(fileOpener)(value);
      const file = exampleFileOf(value, 'the image');
      if (file) return file;
      if (typeof value === 'object' && value !== null) {
        if ('data' in value && isPixels({ channels: 4, ...value })) return fromPixels(value as CanvasPixels);
        if ('getContext' in value) return fromCanvas(value as CanvasLike);
      }
      throw new Error(
        `Expected an image, got ${shown(value)}. Pass a path, the bytes of a file, a Blob, a canvas or pixels.`,
      );
    },
    nameOf: (input) => ('name' in input ? String(input.name) : `${input.width}×${input.height} pixels`),
    async feed(network: Network, objective) {
      const given = options.inputs ?? {};
      const port = imagePort(network.file, new Set(Object.keys(given)));
      const single = port.shape?.length === 3 ? addBatchAxis(network.file, port.name) : undefined;
      if (single && !single.isAdded && !isColour(port))
        throw new WrongModality(
          `"${network.file.name}" takes ${showDims(port.shape)} in its input "${port.name}", which is not a batch of images.`,
        );
      const batched = single?.file ?? network.file;
      const image = single ? batched.inputs.find(({ name }) => name === single.input)! : port;
      const input = imageInput(batched, image);
      const { preprocessing, assumptions, description, alternatives } = await imagePlan(
        { ...network, file: batched },
        input,
        options,
        objective.preserves,
      );
      const { file, notes } = withHeldInputs(batched, { image, given, size: preprocessing });
      const { height, width, layout } = input;
      const { height: high, width: wide } = preprocessing;
      const isResized = (height !== undefined && height !== high) || (width !== undefined && width !== wide);
      const fed = isResized ? resizeOnnxInput(file, { height: high, width: wide }, { layout }) : file;
      return {
        ...feedWith(fed, preprocessing, [...notes, ...assumptions], objective),
        description,
        alternatives: alternatives.map((other) => ({
          ...feedWith(fed, other.preprocessing, [...notes, ...other.assumptions], objective),
          description: other.description,
        })),
      };
    },
    async restore(preprocessing, { file }, objective) {
      if (!isPreprocessing(preprocessing))
        throw new Error('does not say under "preprocessing" how images are fed to the model');
      return feedWith(file, preprocessing, [], objective);
    },
    usage: (preprocessing, { preserves }, print) => imageUsage(preprocessing as Preprocessing, preserves, print),
  };
}

/** Names of columns with paths of images, the most usual first. */
const pathColumns = [...filePathColumns, 'image', 'image_path', 'img'];

/** Collates values from 0 to 255 as uint8. */
function inBytes<Sample>(name: string, collate: Collate<Sample, Batch>): Collate<Sample, NamedBatch> {
  return (samples, indices) => {
    const { inputs, shape, ...targets } = collate(samples, indices);
    // The values are pixels times a rounded fraction, or between pixels if augmented as floats.
    const data = Uint8Array.from(inputs, (value) => Math.min(255, Math.max(0, Math.round(value))));
    return { ...targets, inputs: { [name]: { data, shape, dtype: 'uint8' } } };
  };
}

/** The image modality, which configurations create by its name `image`. */
export const imageType = modalityType<ImageOptions>('image', imageModality, {
  size: 'any',
  mean: 'numbers',
  std: 'numbers',
  range: 'number',
  order: 'string',
  resize: 'string',
  inputs: 'any',
  transforms: 'any',
  decoder: 'string',
  maxPixels: 'number',
  pathColumn: 'string',
});

async function read(
  decoder: ImageDecoder,
  input: ImageInput,
  options: Parameters<ImageDecoder['decode']>[1],
): Promise<Image> {
  if (isPixels(input)) {
    const expected = options?.channels ?? input.channels;
    const { channels } = input;
    if (expected === 1 && channels === 3) return greyOf(input);
    if (channels === 4 && expected === 2) return greyWithOpacity(input);
    if (channels === 4 && expected === 3) return opaque(input);
    if (channels === 4 && expected === 1) return greyOf(opaque(input));
    // Grey pixels are repeated for networks of colours only.
    if (channels !== expected && !(channels === 1 && expected === 3))
      throw new Error(
        `The image has ${channels} channel${channels === 1 ? '' : 's'}, but the network expects ${expected}. Pass pixels with ${expected}.`,
      );
    return input;
  }
  return decoder.decode(await input.bytes(), { ...options, name: input.name });
}

/** ITU-R BT.601 luma, as in the decoders. */
function greyOf({ data, width, height }: Image): Image {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++)
    grey[i] = Math.round(0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!);
  return { data: grey, width, height, channels: 1 };
}

/** The first channels of an image, to show it. */
function firstBands({ data, width, height, channels }: Image, count: 1 | 3): Image {
  const pixels = Uint8Array.from(
    { length: width * height * count },
    (_, i) => data[channels * Math.floor(i / count) + (i % count)]!,
  );
  return { data: pixels, width, height, channels: count };
}

/** Blends transparent pixels with white. */
function opaque({ data, width, height }: Image): Image {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[4 * i + 3]! / 255;
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round(data[4 * i + c]! * alpha + 255 * (1 - alpha));
  }
  return { data: pixels, width, height, channels: 3 };
}

function greyWithOpacity({ data, width, height }: Image): Image {
  const colours = Uint8Array.from({ length: width * height * 3 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!);
  const grey = greyOf({ data: colours, width, height, channels: 3 });
  const pixels = Uint8Array.from({ length: width * height * 2 }, (_, i) =>
    i % 2 ? data[2 * i + 1]! : grey.data[i / 2]!,
  );
  return { data: pixels, width, height, channels: 2 };
}

/** @param options the channels of the network */
async function thumbnail(
  decoder: ImageDecoder,
  input: ImageInput,
  { channels, maxPixels }: { readonly channels: number; readonly maxPixels: number | undefined },
): Promise<{ bytes: Uint8Array; type: 'image/jpeg' }> {
  const largest = 2 * thumbnailSide;
  const isGrey = channels === 2 && isPixels(input) && input.channels === 2;
  const image =
    channels > 4 || isGrey
      ? firstBands(await read(decoder, input, { channels, maxPixels }), isGrey ? 1 : 3)
      : await read(decoder, input, { channels: 3, shortestSide: largest, maxPixels });
  const scale = Math.min(1, largest / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const small = scale < 1 ? await resize({ size: { width, height } })(image, unusedRandom) : image;
  return { bytes: await decoder.encode(small, { quality: 72 }), type: 'image/jpeg' };
}

interface CanvasPixels {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels?: number;
}
interface CanvasLike {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): { getImageData(x: number, y: number, width: number, height: number): CanvasPixels } | null;
}

/** Canvas pixels have four channels. */
function fromPixels({ data, width, height, channels = 4 }: CanvasPixels): Image {
  return { data: Uint8Array.from(data), width, height, channels };
}

function fromCanvas(canvas: CanvasLike): Image {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('The canvas has no 2D context, so its pixels cannot be read. Pass a Blob instead.');
  return fromPixels(context.getImageData(0, 0, canvas.width, canvas.height));
}

/** Required by the signature; resizing draws no random numbers. */
const unusedRandom = new Random(0);

const shown = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
