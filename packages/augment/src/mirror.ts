import { blank, type Image } from '@graft/data';

/** Flips an image left to right. */
export function mirrored(image: Image): Image {
  const { data: source, width, height, channels } = image;
  const data = blank(image, width, height);
  let out = 0;
  for (let y = 0; y < height; y++)
    for (let x = width - 1; x >= 0; x--)
      for (let c = 0, at = (y * width + x) * channels; c < channels; c++) data[out++] = source[at + c]!;
  return { data, width, height, channels };
}

/** Flips an image top to bottom. */
export function upsideDown(image: Image): Image {
  const { width, height, channels } = image;
  const data = blank(image, width, height);
  const line = width * channels;
  for (let y = 0; y < height; y++) data.set(image.data.subarray(y * line, (y + 1) * line), (height - 1 - y) * line);
  return { data, width, height, channels };
}
