/** Pixels, row by row, channels together: `[height, width, channels]`. */
export interface Image {
  /** `Uint8Array`: 0 to 255. `Float32Array`: 0 to 1, or what normalisation made of it. */
  readonly data: Uint8Array | Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Boxes of objects, `[n, 4]`: left, top, right and bottom in pixels. Geometric transforms move them along. */
  readonly boxes?: Float32Array;
  /** The class of each box, `[n]`; a box that leaves the image takes its class along. */
  readonly boxLabels?: Int32Array;
  /** The class of each pixel, `[height, width]`; moved along by nearest neighbour. */
  readonly mask?: Uint8Array;
  /** Points, `[n, 2]`: x and y in pixels; moved along, and kept where they leave the image. */
  readonly keypoints?: Float32Array;
}

/**
 * Puts an image together.
 * @throws where the data is not `width · height · channels` long
 */
export function image(data: Uint8Array | Float32Array, width: number, height: number, channels: number): Image {
  const length = width * height * channels;
  if (!(width > 0 && height > 0 && channels > 0) || data.length !== length)
    throw new Error(
      `An image of ${width}×${height} with ${channels} channels has ${length} values, got ${data.length}.`,
    );
  return { data, width, height, channels };
}

/** An array for an image of this size, of the same kind as `like`'s. */
export function blank(
  like: Image,
  width: number,
  height: number,
  channels: number = like.channels,
): Uint8Array | Float32Array {
  const length = width * height * channels;
  return like.data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
}

/** What the image's data has for a brightness of 0 to 255. */
export const brightness = (like: Image, value: number): number =>
  like.data instanceof Uint8Array ? value : value / 255;
