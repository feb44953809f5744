import type { Image } from '@graft/data';

/** An image of bytes, as operations on their levels want it. @throws where it is one of fractions */
export function bytesOf(transform: string, { data }: Image): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new Error(`${transform} wants an image of bytes, got fractions. Put it before normalize().`);
}

/** Replaces each level by another, in each channel by its own table. */
export function throughTables(image: Image, source: Uint8Array, tables: readonly ArrayLike<number>[]): Image {
  const data = new Uint8Array(source.length);
  for (let c = 0; c < image.channels; c++) {
    const table = tables[c] ?? tables[0]!;
    for (let i = c; i < source.length; i += image.channels) data[i] = table[source[i]!]!;
  }
  return { ...image, data };
}

/** How often each level occurs in a channel, `[256]`. */
export function histogram(source: Uint8Array, channel: number, channels: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = channel; i < source.length; i += channels) counts[source[i]!]!++;
  return counts;
}
