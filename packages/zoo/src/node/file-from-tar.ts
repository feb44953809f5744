import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { tarEntries } from '@graft/data';

/**
 * One file out of a gzipped tar archive, as npm packs it; nothing is written to disk.
 * @param wanted its path without the archive's top folder
 * @param limit the most bytes the archive may unpack to
 * @returns undefined where the archive has no such file
 * @throws where the archive is broken or unpacks to more
 */
export async function fileFromTar(archive: Uint8Array, wanted: string, limit: number): Promise<Uint8Array | undefined> {
  for await (const { name, content } of tarEntries(unpacked(archive, limit), { maxEntryBytes: Infinity }))
    if (name.slice(name.indexOf('/') + 1) === wanted) return content;
  return undefined;
}

async function* unpacked(archive: Uint8Array, limit: number): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  try {
    for await (const chunk of Readable.from([archive]).pipe(createGunzip()) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > limit) break;
      yield chunk;
    }
  } catch (error) {
    throw new Error(`The archive is broken (${(error as Error).message}).`, { cause: error });
  }
  if (bytes > limit) throw new Error(`The archive unpacks to more than ${limit} bytes.`);
}
