import { blank, type Image, readOptions, type Transform } from '@graft/data';
import { probabilityOption } from './probability.ts';

export interface FlipOptions {
  /** How often, from 0 to 1; a half unless told. */
  readonly probability?: number;
}

/** Mirrors an image, left to right. */
export function horizontalFlip(options: FlipOptions = {}): Transform<Image> {
  const { probability } = readOptions('horizontalFlip', options, { probability: probabilityOption(0.5) });
  return (image, random) => (random.next() < probability ? mirrored(image) : image);
}

function mirrored(image: Image): Image {
  const { data: source, width, height, channels } = image;
  const data = blank(image, width, height);
  let out = 0;
  for (let y = 0; y < height; y++)
    for (let x = width - 1; x >= 0; x--) for (let c = 0, at = (y * width + x) * channels; c < channels; c++) data[out++] = source[at + c]!;
  return { data, width, height, channels };
}
