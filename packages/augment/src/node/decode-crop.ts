import { type Image, numberOption, readOptions, type Transform } from '@graft/data';
import { jpegSize } from '../jpeg-size.ts';
import { boxOptions, randomBox, type RandomResizedCropOptions } from '../random-resized-crop.ts';
import { isLarge, scale as scaleTo, whole } from '../scale.ts';
import { open, pixelsOf, reading } from './sharp-decoder.ts';
import { sizeOption } from '../size.ts';

/** Options of {@link decodeCrop}. */
export interface DecodeCropOptions extends Pick<RandomResizedCropOptions, 'size' | 'scale' | 'ratio'> {
  /** 3 for colour, 1 for grey; default 3. */
  readonly channels?: 1 | 3;
  /** Maximum image size in pixels; default 100 million. */
  readonly maxPixels?: number;
}

/**
 * Decodes a file and applies {@link randomResizedCrop} in one call to sharp, with the same pixels as in two steps. Use it as a transform of datasets of paths or
 * bytes.
 * @throws if the file is not an image
 */
export function decodeCrop(options: DecodeCropOptions): Transform<Uint8Array | string, Image> {
  const { size, scale, ratio, channels, maxPixels } = readOptions('decodeCrop', options, {
    size: sizeOption(),
    ...boxOptions,
    maxPixels: numberOption(100e6, { min: 1 }),
    channels: (value = 3) => {
      if (value === 1 || value === 3) return value;
      throw new Error('3 for colour or 1 for grey');
    },
  });
  return (source, random) =>
    reading(source, maxPixels, async (bytes) => {
      const upright = jpegSize(bytes) ?? (await open(bytes, maxPixels).metadata()).autoOrient;
      const box = randomBox(upright, scale, ratio, random);
      const part = open(bytes, maxPixels).extract(box);
      if (isLarge(box, size.width, size.height))
        return pixelsOf(part.resize(size.width, size.height, { fit: 'fill', kernel: 'linear' }), { channels });
      const image = await pixelsOf(part, { channels });
      return scaleTo(image, whole(image), size.width, size.height);
    });
}
