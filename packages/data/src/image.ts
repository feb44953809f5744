/** An image with interleaved channels: `[height, width, channels]`. */
export interface Image {
  /** `Uint8Array`: 0 to 255. `Float32Array`: 0 to 1, or normalised values. */
  readonly data: Uint8Array | Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Bounding boxes, `[n, 4]`: left, top, right and bottom in pixels. Geometric transforms transform them too. */
  readonly boxes?: Float32Array;
  /** The class of each box, `[n]`; it is removed together with a box that leaves the image. */
  readonly boxLabels?: Int32Array;
  /** The class of each pixel, `[height, width]`; transformed with nearest-neighbour sampling. */
  readonly mask?: Uint8Array;
  /** Keypoints, `[n, 2]`: x and y in pixels; transformed too, and kept if they leave the image. */
  readonly keypoints?: Float32Array;
}

/**
 * Creates an image.
 * @throws if the length of the data is not `width · height · channels`
 */
export function image(data: Uint8Array | Float32Array, width: number, height: number, channels: number): Image {
  const length = width * height * channels;
  if (!(width > 0 && height > 0 && channels > 0) || data.length !== length)
    throw new Error(
      `An image of ${width}×${height} with ${channels} channels must have ${length} values, got ${data.length}.`,
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

/** Converts a brightness of 0 to 255 to the value range of the image. */
export const brightness = (like: Image, value: number): number =>
  like.data instanceof Uint8Array ? value : value / 255;
