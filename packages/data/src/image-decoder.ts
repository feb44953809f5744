import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { type Dataset, mapDataset } from './dataset.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';
import { SampleError } from './sample-error.ts';

/** Options of {@link ImageDecoder.decode}. */
export interface DecodeOptions {
  /**
   * 3 for RGB, 1 for greyscale, 4 for RGB with opacity, 2 for greyscale with opacity; default 3. A greyscale image decoded as RGB has three equal channels, an opaque one an
   * opacity of 255. Any other number is that of the bands or grey pages that the file must have.
   */
  readonly channels?: number;
  /** The colour behind transparent pixels, 0 to 255; default white. */
  readonly background?: readonly [red: number, green: number, blue: number];
  /** Downscales a larger image during decoding until its shorter side has this many pixels, which is faster for photographs. */
  readonly shortestSide?: number;
  /** The most pixels of an image; default the decoder's, 100 million. Protects against files that claim a huge size to exhaust memory. */
  readonly maxPixels?: number | undefined;
  /** The image's name in messages, if it is passed as bytes. */
  readonly name?: string;
}

/** Options of {@link ImageDecoder.encode}. */
export interface EncodeOptions {
  readonly type?: 'jpeg' | 'png';
  /** JPEG quality, from 1 to 100; default 80. */
  readonly quality?: number;
}

/** Decodes image files to pixels: 8 bits per channel, upright, first frame only. */
export interface ImageDecoder extends Named {
  /**
   * Decodes the contents of a file, or in Node the file at a path.
   * @throws an error that names the file, if it is not an image
   */
  decode(source: Uint8Array | string, options?: DecodeOptions): Promise<Image>;
  /** Encodes 8-bit pixels of 1 or 3 channels as a file, such as the thumbnails of a report. */
  encode(image: Image, options?: EncodeOptions): Promise<Uint8Array>;
}

/** The extension point for image decoders. */
export const imageDecoder: ExtensionPoint<ImageDecoder> = extensionPoint(
  'image decoder',
  'the image modality: the last one added, or its option "decoder"',
);

/** The decoder with this name; default the one that was added last. @throws if there is none */
export function imageDecoderOf(context: Pick<Context, 'all' | 'get'>, name?: string): ImageDecoder {
  if (name !== undefined) return context.get(imageDecoder, name);
  const last = context.all(imageDecoder).at(-1);
  if (!last) throw new Error('There is no image decoder. Install a plugin that adds one, such as @graft/augment.');
  return last;
}

/** Decodes the files of a dataset. A file that cannot be decoded is a {@link SampleError} with its path. */
export function decoded<Sample extends Labelled<Uint8Array | string, unknown>>(
  dataset: Dataset<Sample>,
  decoder: ImageDecoder,
  options: DecodeOptions = {},
): Dataset<Labelled<Image, Sample['label']>> {
  return mapDataset(dataset, async (sample) => {
    try {
      return { ...sample, input: await decoder.decode(sample.input, options) };
    } catch (error) {
      throw new SampleError(error instanceof Error ? error.message : String(error), {
        path: sample.path,
        cause: error,
      });
    }
  });
}
