import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, sweepUnfinished, unfinishedPath } from '@graft/storage/node';
import type { PartialDownload } from '../model-source.ts';

/**
 * Holds a download on disk instead of in memory until it is complete. Later processes do not resume it: without a digest, they could not tell whether the
 * file has changed. Files of ended processes are removed.
 * @param folder created if it does not exist
 */
export function temporaryDownload(folder: string): PartialDownload {
  const own = unfinishedPath(join(folder, 'download'));
  let opened: FileHandle | undefined;
  return {
    temporary: true,
    async read() {
      const { buffer, byteOffset, byteLength } = await readFile(own);
      return new Uint8Array(buffer, byteOffset, byteLength); // not a copy
    },
    async append(chunk) {
      if (!opened) {
        await makeFolder(folder);
        await sweepUnfinished(folder);
        opened = await open(own, 'a');
      }
      await opened.appendFile(chunk);
    },
    async clear() {
      await opened?.close();
      opened = undefined;
      await rm(own, { force: true });
    },
  };
}
