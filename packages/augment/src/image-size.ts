/** The size in the header of a PNG, GIF, WebP or JPEG, before EXIF rotation; undefined if the header is incomplete or unusual. */
export function imageSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = (at: number, text: string): boolean =>
    Array.from(text).every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  if (bytes.length < 30) return undefined;
  if (starts(1, 'PNG')) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (starts(0, 'GIF8')) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (starts(8, 'WEBPVP8X'))
    return {
      width: 1 + (view.getUint32(24, true) & 0xffffff),
      height: 1 + (view.getUint16(27, true) | (bytes[29]! << 16)),
    };
  if (starts(8, 'WEBPVP8L')) {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (starts(8, 'WEBPVP8 '))
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  return jpegFrame(bytes);
}

/** The frame size of a JPEG, before EXIF rotation. */
function jpegFrame(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const word = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
  if (word(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + word(at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: word(at + 7), height: word(at + 5) };
  }
  return undefined;
}
