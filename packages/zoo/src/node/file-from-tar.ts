import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { tarEntries } from '@graft/data';

/**
 * Extracts one file from a gzipped tar archive as packed by npm, in memory.
 * @param wanted the file's path without the archive's top-level folder
 * @param limit maximum size of the unpacked archive in bytes
 * @returns undefined if the archive has no such file
 * @throws if the archive is corrupt or exceeds the limit
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
    throw new Error(`The archive is corrupt (${(error as Error).message}).`, { cause: error });
  }
  if (bytes > limit) throw new Error(`The archive unpacks to more than ${limit} bytes.`);
}
