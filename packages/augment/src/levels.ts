import type { Image } from '@graft/data';

/** The bytes of an image. @throws if the image has floats */
export function bytesOf(transform: string, { data }: Image): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new Error(`${transform} expects an image of bytes, got floats. Put it before normalize().`);
}

/** Applies a lookup table to each channel. */
export function throughTables(image: Image, source: Uint8Array, tables: readonly ArrayLike<number>[]): Image {
  const data = new Uint8Array(source.length);
  for (let c = 0; c < image.channels; c++) {
    const table = tables[c] ?? tables[0]!;
    for (let i = c; i < source.length; i += image.channels) data[i] = table[source[i]!]!;
  }
  return { ...image, data };
}

/** Histogram of a channel, [256]. */
export function histogram(source: Uint8Array, channel: number, channels: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < source.length; i += channels) counts[source[i]!]!++;
  return counts;
}
