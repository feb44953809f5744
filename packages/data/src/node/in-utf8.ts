import { isAscii, isUtf8 } from 'node:buffer';

/** Bytes of Windows-1252 that stand for nothing, and control characters that no text contains. */
const undefinedBytes: ReadonlySet<number> = new Set([
  ...Array.from({ length: 32 }, (_, byte) => byte).filter((byte) => ![9, 10, 12, 13].includes(byte)),
  0x7f,
  0x81,
  0x8d,
  0x8f,
  0x90,
  0x9d,
]);

/** The least share of ASCII characters in a text of 16-bit units without a byte order mark. */
const leastAscii = 0.25;

/** The characters of the bytes 0x80 to 0x9f in Windows-1252 (WHATWG Encoding); the decoder of some versions of Node reads them as Latin-1. */
const upper = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const fromWindows1252 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replaceAll(/[\u0080-\u009f]/g, (one) => upper[one.charCodeAt(0) - 0x80]!);

/** An error in the encoding of a text. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}

/** How a text of bytes is decoded. */
export interface InUtf8Options {
  /** Its name in messages, such as `"labels.csv"`. */
  readonly name: string;
  /** Receives a sentence if the encoding is a guess. */
  readonly onWarning: (message: string) => void;
}

/**
 * Passes on a text in UTF-8. UTF-16 is recognised by its byte order mark or its zero bytes; other bytes that are not UTF-8 are read as Windows-1252, with a warning.
 * @throws if they are none of these: a wrong guess would change characters in silence
 */
export async function* inUtf8(
  bytes: AsyncIterable<Uint8Array>,
  { name, onWarning }: InUtf8Options,
): AsyncGenerator<Uint8Array, void, undefined> {
  const refuse = (what: string, cause?: unknown): never => {
    throw new EncodingError(`${name} ${what}. Save it as UTF-8.`, { cause });
  };
  const encoder = new TextEncoder();
  let wide: InstanceType<typeof TextDecoder> | undefined;
  let isFirst = true;
  /** Undefined as long as all characters are ASCII. */
  let encoding: 'utf-8' | 'windows-1252' | undefined;
  let isGuessed = false;
  let rest: Uint8Array = new Uint8Array(); // of a character that is not complete
  const narrow = (part: Uint8Array, isLast: boolean): Uint8Array => {
    const end = isLast || encoding === 'windows-1252' ? part.length : completeLength(part);
    const whole = part.subarray(0, end);
    rest = part.slice(end);
    if (encoding !== 'windows-1252') {
      if (isUtf8(whole)) {
        if (encoding === undefined && !isAscii(whole)) encoding = 'utf-8';
        return whole;
      }
      // After characters of UTF-8, a text is damaged UTF-8 rather than another encoding.
      if (encoding === 'utf-8') refuse('has bytes that are not UTF-8, after characters that are');
      encoding = 'windows-1252';
    }
    const text = rest.length ? part : whole;
    rest = new Uint8Array();
    if (text.some((byte) => undefinedBytes.has(byte))) refuse('is neither UTF-8, UTF-16 nor Windows-1252');
    const decoded = fromWindows1252(text);
    if (!isGuessed) {
      isGuessed = true;
      const [word = ''] = /[^\s,;|"]*[^\p{ASCII}][^\s,;|"]*/u.exec(decoded) ?? [];
      onWarning(
        `${name} is not UTF-8, and is read as Windows-1252: ${JSON.stringify(word.slice(0, 40))}. If its letters are wrong, save it as UTF-8.`,
      );
    }
    return encoder.encode(decoded);
  };
  const widened = (part: Uint8Array, isLast: boolean): Uint8Array => {
    try {
      return encoder.encode(wide!.decode(part, { stream: !isLast }));
    } catch (error) {
      return refuse(`has damaged characters in ${wide!.encoding.toUpperCase()}`, error);
    }
  };
  for await (const chunk of bytes) {
    if (isFirst) {
      isFirst = false;
      const order = wideOrder(chunk);
      if (order) wide = new TextDecoder(order, { fatal: true });
    }
    yield wide ? widened(chunk, false) : narrow(joined(rest, chunk), false);
  }
  if (wide) yield widened(new Uint8Array(), true);
  else if (rest.length) yield narrow(rest, true);
}

/** The byte order of a text in 16-bit units, by its start; undefined if it is another text. */
function wideOrder(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const units = Math.floor(head.length / 2);
  const ascii = (at: 0 | 1): number => {
    let count = 0;
    for (let unit = 0; unit < units; unit++) {
      const [byte, other] = [head[2 * unit + at]!, head[2 * unit + 1 - at]!];
      if (byte > 0 && byte < 128 && other === 0) count++;
    }
    return count;
  };
  const [little, big] = [ascii(0), ascii(1)];
  if (Math.max(little, big) < leastAscii * units || units === 0) return undefined;
  return little === big ? undefined : little > big ? 'utf-16le' : 'utf-16be';
}

/** The number of bytes up to a character at the end that is not complete. */
function completeLength(part: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, part.length); back++) {
    const byte = part[part.length - back]!;
    if (byte < 0x80) return part.length;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < size ? part.length - back : part.length;
    }
  }
  return part.length;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (!one.length) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
