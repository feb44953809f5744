const starts = (bytes: Uint8Array, at: number, ...wanted: readonly (number | string)[]): boolean =>
  wanted
    .flatMap((part) => (typeof part === 'string' ? Array.from(part, (letter) => letter.charCodeAt(0)) : [part]))
    .every((byte, i) => bytes[at + i] === byte);

/**
 * Whether a file begins as JPEG, PNG, GIF, WebP, AVIF or TIFF do. sharp reads more than these (SVG, which can name other files, and
 * PDF, where it was built so), whatever a file is called.
 */
export const isKnownFormat = (bytes: Uint8Array): boolean =>
  starts(bytes, 0, 0xff, 0xd8, 0xff) ||
  starts(bytes, 0, 0x89, 'PNG\r\n', 0x1a, '\n') ||
  starts(bytes, 0, 'GIF8') ||
  (starts(bytes, 0, 'RIFF') && starts(bytes, 8, 'WEBP')) ||
  (starts(bytes, 4, 'ftyp') && ['avif', 'avis', 'mif1', 'msf1'].some((brand) => starts(bytes, 8, brand))) ||
  ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((mark) => starts(bytes, 0, mark));
