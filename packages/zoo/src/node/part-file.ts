import { appendFile, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, makeFolder } from '@graft/storage/node';
import type { PartialDownload } from '../model-source.ts';

/** Maximum size of a partial download to resume, in bytes. */
const maxBytes = 2 ** 31;

/**
 * Keeps a partial download as `<name>.<process>.part`, so two processes never write to the same file. Files of ended processes are taken over.
 * @param folder created if it does not exist
 */
export function partFile(folder: string, name: string): PartialDownload {
  const own = join(folder, `${name}.${process.pid}.part`);
  return {
    async read() {
      for (const left of await readdir(folder).catch((): string[] => [])) {
        const owner = left.startsWith(`${name}.`) && partOwner(left);
        if (owner && (owner === process.pid || !isRunning(owner)))
          await rename(join(folder, left), own).catch(() => {}); // taken over by another process
      }
      const found = await stat(own).catch(() => undefined);
      if (!found?.isFile() || found.size > maxBytes) return undefined;
      const { buffer, byteOffset, byteLength } = await readFile(own);
      return new Uint8Array(buffer, byteOffset, byteLength); // not a copy
    },
    async append(chunk) {
      await makeFolder(folder);
      await appendFile(own, chunk);
    },
    clear: () => rm(own, { force: true }),
  };
}

/** The number of the process that owns a file `….<process>.part`; undefined for other files. */
export const partOwner = (file: string): number | undefined => Number(/\.(\d+)\.part$/.exec(file)?.[1]) || undefined;
