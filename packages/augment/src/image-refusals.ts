/** The name of an image in messages. */
export const nameOf = (called: string | undefined): string => (called === undefined ? 'The image' : `"${called}"`);

export const unknownFormat =
  'is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it.';
export const emptyFile = 'is an empty file. Remove it.';
export const tooLarge = (maxPixels: number): string =>
  `has more than ${maxPixels} pixels. Scale it down, or raise maxPixels.`;
/** @param reason the decoder's message */
export const brokenImage = (reason: string): string =>
  `is a broken image (${reason.split('\n')[0]!.replace(/[:.]\s*$/, '')}). Repair or remove it.`;

export function refuse(message: string, cause?: unknown): never {
  throw new Error(message, { cause });
}
