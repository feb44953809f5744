import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { type Dataset, mapDataset } from './dataset.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';
import { SampleError } from './sample-error.ts';

/** How an image is wanted. */
export interface DecodeOptions {
  /** 3 for colour, 1 for grey; default 3. A grey image decoded as colour has three equal channels. */
  readonly channels?: 1 | 3;
  /** What lies under transparent places; default white. 0 to 255. */
  readonly background?: readonly [red: number, green: number, blue: number];
  /** Makes a larger image smaller while reading it, until its shorter side has this many pixels: quick for photographs. */
  readonly shortestSide?: number;
  /** What messages call the image, where it is given as bytes. */
  readonly name?: string;
}

/** How an image is written. */
export interface EncodeOptions {
  readonly type?: 'jpeg' | 'png';
  /** Of a JPEG, from 1 to 100; default 80. */
  readonly quality?: number;
}

/** Turns files into pixels: 8 bits a channel, upright, first frame only. */
export interface ImageDecoder extends Named {
  /**
   * Decodes a file's contents, or, where there are files, the file at a path.
   * @throws with one sentence that names the file, if it is not an image
   */
  decode(source: Uint8Array | string, options?: DecodeOptions): Promise<Image>;
  /** Writes 8-bit pixels of 1 or 3 channels as a file: thumbnails of reports, for instance. */
  encode(image: Image, options?: EncodeOptions): Promise<Uint8Array>;
}

/** Image decoders, by name. */
export const imageDecoder: ExtensionPoint<ImageDecoder> = extensionPoint(
  'image decoder',
  'the image modality: the last one added, or its option "decoder"',
);

/** The decoder of this name; default the one that was added last: the browser's, or in Node sharp's, or a plugin's. @throws where there is none */
export function imageDecoderOf(context: Pick<Context, 'all' | 'get'>, name?: string): ImageDecoder {
  if (name !== undefined) return context.get(imageDecoder, name);
  const last = context.all(imageDecoder).at(-1);
  if (!last) throw new Error('There is no image decoder. Install a plugin that adds one, such as @graft/augment.');
  return last;
}

/** The dataset with its files decoded. A file that cannot be is a {@link SampleError} with its path. */
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
