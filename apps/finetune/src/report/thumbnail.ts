import sharp from 'sharp';

/** Pixels that a picture of a page is wide or high; it has twice as many, for dense screens. */
export const side = 96;

/** A JPEG of an image file, small and upright. */
export const thumbnail = (path: string): Promise<Buffer> =>
  sharp(path, { limitInputPixels: 100e6 })
    .autoOrient()
    .resize(2 * side, 2 * side, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 72 })
    .toBuffer();

/** A picture as an address that needs nothing to be loaded. */
export const dataAddress = (jpeg: Buffer): string => `data:image/jpeg;base64,${jpeg.toString('base64')}`;
