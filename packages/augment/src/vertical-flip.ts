import { blank, type Image, readOptions, type Transform } from '@graft/data';
import type { FlipOptions } from './horizontal-flip.ts';
import { probabilityOption } from './probability.ts';

/** Turns an image upside down, as a mirror on the ground does. */
export function verticalFlip(options: FlipOptions = {}): Transform<Image> {
  const { probability } = readOptions('verticalFlip', options, { probability: probabilityOption(0.5) });
  return (image, random) => (random.next() < probability ? upsideDown(image) : image);
}

function upsideDown(image: Image): Image {
  const { width, height, channels } = image;
  const data = blank(image, width, height);
  const line = width * channels;
  for (let y = 0; y < height; y++) data.set(image.data.subarray(y * line, (y + 1) * line), (height - 1 - y) * line);
  return { data, width, height, channels };
}
