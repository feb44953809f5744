const block = 512;
/** The most bytes per file by default. */
const usualLimit = 2 ** 28;
/** Memory that is reserved before the contents of a file arrive. */
const firstBytes = 2 ** 20;
/** The most bytes in a header that extends the next entry's name or size. */
const largestExtension = 2 ** 20;

/** A file in a tar archive. */
export interface TarEntry {
  /** Its path in the archive, unchecked: it may lead out of a folder. */
  readonly name: string;
  readonly content: Uint8Array;
}

export interface TarOptions {
  /** The most bytes per file; default 256 MiB. */
  readonly maxEntryBytes?: number;
}

/**
 * Streams the files of a tar archive (ustar, POSIX pax, GNU names). Folders, links and devices are skipped.
 * @throws if the archive is broken or truncated, or a file is larger than `maxEntryBytes`
 */
export async function* tarEntries(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { maxEntryBytes = usualLimit }: TarOptions = {},
): AsyncGenerator<TarEntry, void, undefined> {
  const read = reader(bytes);
  let extension: Extension = {}; // from the entries before a file
  try {
    for (let at = 0; ;) {
      const header = await read.take(block);
      if (header.length < block) throw broken(`it ends at byte ${at + header.length} without an end-of-archive marker`);
      if (header.every((byte) => byte === 0)) return;
      if (checksum(header) !== octal(header, 148, 8)) throw broken(`wrong checksum at byte ${at}`);
      const type = String.fromCharCode(header[156]!);
      const isExtension = type === 'x' || type === 'g' || type === 'L' || type === 'K';
      const size = (isExtension ? undefined : extension.size) ?? octal(header, 124, 12);
      const most = isExtension ? largestExtension : maxEntryBytes;
      if (size > most)
        throw new Error(`The archive has an entry of ${size} bytes at byte ${at}, but the limit is ${most}.`);
      const content = await read.take(size);
      const padded = Math.ceil(size / block) * block;
      if (content.length < size || (await read.take(padded - size)).length < padded - size)
        throw broken(`it ends inside the file at byte ${at}`);
      if (type === 'x') extension = { ...extension, ...pax(content) };
      else if (type === 'L') extension = { ...extension, name: text(content, 0, content.length) };
      else if (!isExtension) {
        const name = extension.name ?? [text(header, 345, 155), text(header, 0, 100)].filter(Boolean).join('/');
        extension = {};
        if ((type === '0' || type === '\0') && !name.endsWith('/')) yield { name, content };
      }
      at += block + padded;
    }
  } finally {
    await read.close();
  }
}

/** Values for the next entry, from an extended header. */
interface Extension {
  readonly name?: string;
  readonly size?: number;
}

const broken = (why: string): Error => new Error(`The archive is broken (${why}).`);

/** Reads bytes from a stream; fewer than requested if it ends early. */
function reader(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): {
  take(count: number): Promise<Uint8Array>;
  close(): Promise<void>;
} {
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let rest: Uint8Array = new Uint8Array();
  return {
    async take(count) {
      // A header may lie about a size: memory grows with what arrives.
      let taken = new Uint8Array(Math.min(count, firstBytes));
      let at = 0;
      while (at < count) {
        if (rest.length === 0) {
          const { done, value } = await chunks.next();
          if (done) break;
          rest = value as Uint8Array;
        }
        if (at === taken.length) {
          const larger = new Uint8Array(Math.min(count, 2 * at));
          larger.set(taken);
          taken = larger;
        }
        const part = rest.subarray(0, taken.length - at);
        taken.set(part, at);
        rest = rest.subarray(part.length);
        at += part.length;
      }
      return taken.subarray(0, at);
    },
    close: async () => void (await chunks.return?.()),
  };
}

function octal(bytes: Uint8Array, start: number, length: number): number {
  const digits = text(bytes, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw broken('invalid number in a header');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** Text up to the first zero byte. */
function text(bytes: Uint8Array, start: number, length: number): string {
  const part = bytes.subarray(start, start + length);
  const end = part.indexOf(0);
  return new TextDecoder().decode(end < 0 ? part : part.subarray(0, end));
}

/** The sum of a header's bytes, with spaces in the checksum field. */
const checksum = (header: Uint8Array): number =>
  header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);

/** `path` and `size` in the records of a POSIX extended header: `<length> <key>=<value>\n`. */
function pax(content: Uint8Array): Extension {
  const records = new TextDecoder().decode(content);
  const value = (key: string): string | undefined => new RegExp(`(?:^|\\n)\\d+ ${key}=([^\\n]*)`).exec(records)?.[1];
  const [name, size] = [value('path'), value('size')];
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw broken('invalid size in an extended header');
  return { ...(name !== undefined && { name }), ...(size !== undefined && { size: Number(size) }) };
}
