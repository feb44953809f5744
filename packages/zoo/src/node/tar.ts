import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const block = 512;

/**
 * One file out of a gzipped tar archive, as npm packs it; nothing is written to disk.
 * @param wanted its path without the archive's top folder
 * @param limit the most bytes the archive may unpack to
 * @returns undefined where the archive has no such file
 * @throws where the archive is broken or unpacks to more
 */
export async function fileFromTar(archive: Uint8Array, wanted: string, limit: number): Promise<Uint8Array | undefined> {
  const tar = await promisify(gunzip)(archive, { maxOutputLength: limit }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ERR_BUFFER_TOO_LARGE' ? `The archive unpacks to more than ${limit} bytes.` : `The archive is broken (${error.message}).`, { cause: error });
  });
  let longName: string | undefined; // said by an entry before the file's own
  for (let at = 0; at + block <= tar.length; ) {
    const header = tar.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) break;
    if (checksum(header) !== octal(header, 148, 8)) throw new Error(`The archive is broken (checksum at byte ${at}).`);
    const size = octal(header, 124, 12);
    const start = at + block;
    if (start + size > tar.length) throw new Error(`The archive is broken (it ends within the file at byte ${at}).`);
    const content = tar.subarray(start, start + size);
    const type = String.fromCharCode(header[156]!);
    const shortName = [text(header, 345, 155), text(header, 0, 100)].filter(Boolean).join('/');
    if (type === 'x') longName = paxPath(content) ?? longName;
    else if (type === 'L') longName = text(content, 0, content.length);
    else if (type !== 'g') {
      const name = longName ?? shortName;
      longName = undefined;
      if ((type === '0' || type === '\0') && name.slice(name.indexOf('/') + 1) === wanted) return new Uint8Array(content);
    }
    at = start + Math.ceil(size / block) * block;
  }
  return undefined;
}

function octal(bytes: Uint8Array, start: number, length: number): number {
  const digits = text(bytes, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('The archive is broken (a number in a header).');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** Text up to the first zero byte. */
function text(bytes: Uint8Array, start: number, length: number): string {
  const part = bytes.subarray(start, start + length);
  const end = part.indexOf(0);
  return new TextDecoder().decode(end < 0 ? part : part.subarray(0, end));
}

/** The sum of a header's bytes, with its own field as blanks. */
const checksum = (header: Uint8Array): number => header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);

/** `path` in the records of a POSIX extended header: `<length> <key>=<value>\n`. */
const paxPath = (content: Uint8Array): string | undefined => /(?:^|\n)\d+ path=([^\n]*)/.exec(new TextDecoder().decode(content))?.[1];
