import {
  compose,
  createTransforms,
  type ExampleFile,
  exampleFileOf,
  fileOpener,
  type Image,
  imageBatch,
  imageDecoderOf,
  type ImageDecoder,
  perChannel,
  textCell,
  type Transform,
  type TransformConfig,
  withLabels,
} from '@graft/data';
import { resize } from '@graft/augment';
import { type OnnxFile, resizeOnnxInput } from '@graft/onnx';
import { configurable, type Context } from '@graft/plugin';
import { Random } from '@graft/tensor';
import type { Preprocessing } from '@graft/zoo';
import type { Feed, Modality, Network } from '../modality.ts';
import type { Objective } from '../objective.ts';
import { imageInput } from './image-input.ts';
import { isPreprocessing, presetFor } from './image-preprocessing.ts';
import { imageUsage } from './image-usage.ts';
import { overlayOf } from './overlay.ts';

/** Options of the image modality. Defaults come from the model's card or file. */
export interface ImageOptions {
  /** Height and width of the network's input; default from the card or the file. */
  readonly size?: number;
  /** Mean and standard deviation of each channel on a scale of 0 to 1; default from the card or the file, otherwise ImageNet's. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Augmentation to use instead of the preset; the result is resized to the network's input. */
  readonly transforms?: readonly TransformConfig[];
  /** The name of the image decoder; default the one registered last: sharp in Node, the built-in decoder in browsers, or a plugin's. */
  readonly decoder?: string;
  /** The table column with image paths; default `path`. */
  readonly pathColumn?: string;
}

/** An image file, or pixels. */
type ImageInput = ExampleFile | Image;

const isPixels = (input: object): input is Image => 'width' in input && 'height' in input && 'channels' in input;

/** The longer side of a picture in a report, in CSS pixels. The image has twice as many pixels, for high-density displays. */
const thumbnailSide = 96;

/** File name extensions of images. */
export const imageEndings: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif', '.tif', '.tiff'];

/** The image modality: decodes, augments, resizes and normalises images. */
export function imageModality(options: ImageOptions, context: Context): Modality<ImageInput, Image> {
  const { pathColumn = 'path' } = options;
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
    const { width, height, channels } = preprocessing;
    const { name } = imageInput(file);
    return {
      preprocessing,
      assumptions,
      file,
      inputs: { [name]: { shape: [channels, height, width], dtype: 'float32' } },
      read: (input) => read(decoder, input, preset.decode),
      training,
      evaluation: preset.evaluation,
      collate: withLabels(imageBatch(preset.normalization)),
      bytesOf: ({ data }) => data.byteLength,
      show: async (input) => ({ picture: await thumbnail(decoder, input) }),
      overlay: async (batch, place, heat) => ({ picture: await overlayOf(decoder, preprocessing, batch, place, heat) }),
    };
  };
  return {
    name: 'image',
    noun: ['image', 'images'],
    extensions: imageEndings,
    inputOf: ({ file, fields }, examples) => file ?? examples.file(textCell(fields, pathColumn, 'pathColumn')),
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
    async feed({ card, file }: Network, objective) {
      const { preprocessing, assumed } = preprocessingOf(file, card?.preprocessing, options);
      const { side } = imageInput(file);
      const fed = side !== undefined && side !== preprocessing.height ? resizeOnnxInput(file, preprocessing) : file;
      const assumptions = assumed.length
        ? [
            `"${file.name}" does not specify its normalisation, so ImageNet's ${assumed.map((one) => `${one} ${preprocessing[one].join(', ')}`).join(' and ')} ${assumed.length === 1 ? 'is' : 'are'} used. Set mean and std if the network was trained with other values.`,
          ]
        : [];
      return feedWith(fed, preprocessing, assumptions, objective);
    },
    async restore(preprocessing, { file }, objective) {
      if (!isPreprocessing(preprocessing))
        throw new Error('does not say under "preprocessing" how images are fed to the model');
      return feedWith(file, preprocessing, [], objective);
    },
    usage: (preprocessing, { preserves }, print) => imageUsage(preprocessing as Preprocessing, preserves, print),
  };
}

/** The image modality, which configurations create by its name `image`. */
export const imageType = configurable(
  'image',
  (options: ImageOptions, context?: Context) => {
    if (!context) throw new Error('The modality "image" needs an app. Create it with modality.create(options, app).');
    return imageModality(options, context) as Modality;
  },
  { size: 'number', mean: 'numbers', std: 'numbers', transforms: 'any', decoder: 'string', pathColumn: 'string' },
);

async function read(
  decoder: ImageDecoder,
  input: ImageInput,
  options: Parameters<ImageDecoder['decode']>[1],
): Promise<Image> {
  if (isPixels(input)) return options?.channels === 1 && input.channels === 3 ? greyOf(input) : input;
  return decoder.decode(await input.bytes(), { ...options, name: input.name });
}

/** ITU-R BT.601 luma, as in the decoders. */
function greyOf({ data, width, height }: Image): Image {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++)
    grey[i] = Math.round(0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!);
  return { data: grey, width, height, channels: 1 };
}

async function thumbnail(decoder: ImageDecoder, input: ImageInput): Promise<{ bytes: Uint8Array; type: 'image/jpeg' }> {
  const largest = 2 * thumbnailSide;
  const image = await read(decoder, input, { channels: 3, shortestSide: largest });
  const scale = Math.min(1, largest / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const small = scale < 1 ? await resize({ size: { width, height } })(image, unusedRandom) : image;
  return { bytes: await decoder.encode(small, { quality: 72 }), type: 'image/jpeg' };
}

/** Takes each value from the options, the card, the metadata written at export, or the input's shape and ImageNet's statistics, in this order. */
function preprocessingOf(
  file: OnnxFile,
  card: Preprocessing | undefined,
  { size, mean, std }: ImageOptions,
): { readonly preprocessing: Preprocessing; readonly assumed: readonly ('mean' | 'std')[] } {
  const input = imageInput(file);
  const known = card ?? writtenPreprocessing(file);
  if (known && known.width !== known.height)
    throw new Error(
      `"${file.name}" takes images ${known.width} wide and ${known.height} high, but only square images are supported. Set the option size.`,
    );
  const side = size ?? known?.height ?? input.side;
  if (side === undefined) throw new Error(`"${file.name}" takes images of any size. Set the option size, such as 224.`);
  if (size === undefined && input.side !== undefined && side !== input.side)
    throw new Error(
      `"${file.name}" takes images of ${input.side}×${input.side}, but its card or metadata says ${side}×${side}. Set the option size.`,
    );
  const channels = known?.channels ?? input.channels;
  const given = { mean: mean ?? known?.mean, std: std ?? known?.std };
  for (const [option, list] of Object.entries(given))
    if (list && list.length !== 1 && list.length !== channels)
      throw new Error(
        `"${file.name}" takes images with ${channels} channel${channels === 1 ? '' : 's'}, but ${option} has ${list.length} values. Set one value, or one per channel.`,
      );
  const imagenet =
    channels === 3 ? { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } : { mean: [0.449], std: [0.226] };
  return {
    preprocessing: {
      width: side,
      height: side,
      channels,
      order: known?.order ?? 'rgb',
      mean: perChannel(given.mean ?? imagenet.mean, channels, 'mean'),
      std: perChannel(given.std ?? imagenet.std, channels, 'std'),
      ...(known?.polarity && { polarity: known.polarity }),
    },
    assumed: (['mean', 'std'] as const).filter((option) => given[option] === undefined),
  };
}

/** The preprocessing in the metadata of an exported model. */
function writtenPreprocessing({ metadata }: OnnxFile): Preprocessing | undefined {
  try {
    const value: unknown = JSON.parse(metadata.get('preprocessing') ?? 'null');
    return isPreprocessing(value) ? value : undefined;
  } catch {
    return undefined; // written by another tool under the same key
  }
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

/** Canvas pixels have four channels; transparent ones are blended with white. */
function fromPixels({ data, width, height, channels = 4 }: CanvasPixels): Image {
  if (channels !== 4) return { data: Uint8Array.from(data), width, height, channels };
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[4 * i + 3]! / 255;
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round(data[4 * i + c]! * alpha + 255 * (1 - alpha));
  }
  return { data: pixels, width, height, channels: 3 };
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
