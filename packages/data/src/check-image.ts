import type { Random } from '@graft/tensor';
import type { Image } from './image.ts';
import type { Transform } from './transform.ts';

/** An error in the caller's code rather than in a sample: a loader throws it instead of skipping the sample. */
export class NotDecodedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotDecodedError';
  }
}

/** Whether a value has the fields of an image: pixels, size and channels. */
const isImage = (value: unknown): value is Image =>
  typeof value === 'object' &&
  value !== null &&
  ArrayBuffer.isView((value as Partial<Image>).data) &&
  [(value as Partial<Image>).width, (value as Partial<Image>).height, (value as Partial<Image>).channels].every(
    Number.isInteger,
  );

/**
 * Checks that a value is a decoded image.
 * @param user the name of the function or transform that expects it, for the message
 * @throws a {@link NotDecodedError} for anything else, such as the path or bytes of a file
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
          : `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no properties'}`;
  const wayOut =
    typeof value === 'string' || ArrayBuffer.isView(value)
      ? 'Decode the dataset first, as in new Loader(decoded(dataset, decoder), …).'
      : 'Pass an image from decoded(dataset, decoder) or image(…).';
  throw new NotDecodedError(`${user} expects a decoded image, got ${got}. ${wayOut}`);
}

/** Wraps an image transform to reject paths or bytes with a {@link NotDecodedError}. @param name its name in messages */
export const imageTransform =
  (name: string, apply: Transform<Image>): Transform<Image> =>
  (image: Image, random: Random) => {
    checkImage(image, name);
    return apply(image, random);
  };
