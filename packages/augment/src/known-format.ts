const starts = (bytes: Uint8Array, at: number, ...expected: readonly (number | string)[]): boolean =>
  expected
    .flatMap((part) => (typeof part === 'string' ? Array.from(part, (letter) => letter.charCodeAt(0)) : [part]))
    .every((byte, i) => bytes[at + i] === byte);

/**
 * Whether a file starts with the signature of JPEG, PNG, GIF, WebP, AVIF or TIFF. sharp also reads other formats regardless of the file name:
 * SVG, which can reference other files, and in some builds PDF.
 */
export const isKnownFormat = (bytes: Uint8Array): boolean =>
  starts(bytes, 0, 0xff, 0xd8, 0xff) ||
  starts(bytes, 0, 0x89, 'PNG\r\n', 0x1a, '\n') ||
  starts(bytes, 0, 'GIF8') ||
  (starts(bytes, 0, 'RIFF') && starts(bytes, 8, 'WEBP')) ||
  (starts(bytes, 4, 'ftyp') && ['avif', 'avis', 'mif1', 'msf1'].some((brand) => starts(bytes, 8, brand))) ||
  ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((mark) => starts(bytes, 0, mark));
