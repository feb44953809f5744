import type { Random } from '@graft/tensor';
import type { Image } from './image.ts';
import type { Transform } from './transform.ts';

/** An error about code rather than about a sample: a loader throws it instead of leaving the sample out. */
export class NotDecodedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotDecodedError';
  }
}

/** Whether a value has what every image has: pixels, a size and channels. */
const isImage = (value: unknown): value is Image =>
  typeof value === 'object' &&
  value !== null &&
  ArrayBuffer.isView((value as Partial<Image>).data) &&
  [(value as Partial<Image>).width, (value as Partial<Image>).height, (value as Partial<Image>).channels].every(
    Number.isInteger,
  );

/**
 * Makes sure that a value is a decoded image.
 * @param user what expects one, for the message
 * @throws a {@link NotDecodedError} for anything else, such as the path or the bytes of a file
 */
export function checkImage(value: unknown, user: string): asserts value is Image {
  if (isImage(value)) return;
  const got =
    typeof value === 'string'
      ? `the path ${JSON.stringify(value)}`
      : ArrayBuffer.isView(value)
        ? `${value.byteLength} bytes of a file`
        : value === null || typeof value !== 'object'
          ? String(value)
          : `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'nothing in it'}`;
  const wayOut =
    typeof value === 'string' || ArrayBuffer.isView(value)
      ? 'Decode the dataset first, as in new Loader(decoded(dataset, decoder), …).'
      : 'Give it what decoded(dataset, decoder) or image(…) makes.';
  throw new NotDecodedError(`${user} expects a decoded image, got ${got}. ${wayOut}`);
}

/** A transform of images that refuses a path or bytes with a {@link NotDecodedError}. @param name what messages call it */
export const imageTransform =
  (name: string, apply: Transform<Image>): Transform<Image> =>
  (image: Image, random: Random) => {
    checkImage(image, name);
    return apply(image, random);
  };
