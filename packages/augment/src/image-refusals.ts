/** The name of an image in messages. */
export const nameOf = (called: string | undefined): string => (called === undefined ? 'The image' : `"${called}"`);

export const unknownFormat =
  'is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it.';
export const emptyFile = 'is an empty file. Remove it.';
/** @param depth as libvips calls it */
export const unknownWhite = (depth: string): string =>
  `has pixels of type ${depth}, whose brightest value is not known. Convert it to 8 or 16 bits without a sign.`;
export const tooLarge = (maxPixels: number): string =>
  `has more than ${maxPixels} pixels. Scale it down, or raise the option maxPixels of the modality image.`;
/** Longer side of an image, as a multiple of its shorter one, above which it is refused: scaled by its shorter side it would not fit into memory. */
export const mostElongated = 100;
export const isElongated = ({ width, height }: { readonly width: number; readonly height: number }): boolean =>
  Math.min(width, height) > 0 && Math.max(width, height) > mostElongated * Math.min(width, height);
export const elongated = ({ width, height }: { readonly width: number; readonly height: number }): string =>
  `has ${width}×${height} pixels, and its longer side may be at most ${mostElongated} times the shorter one. Crop or remove it.`;
/** @param reason the decoder's message */
export const brokenImage = (reason: string): string =>
  `is a broken image (${reason.split('\n')[0]!.replace(/[:.]\s*$/, '')}). Repair or remove it.`;

export function refuse(message: string, cause?: unknown): never {
  throw new Error(message, { cause });
}

/** Thrown if a file does not have as many channels as are requested. */
export class OtherChannels extends Error {
  /** @param found what the file has */
  constructor(found: string, channels: number) {
    super(
      `has ${found}, but ${channels} channels are expected. Pass TIFF files with one grey page for each of the ${channels} channels.`,
    );
  }
}
