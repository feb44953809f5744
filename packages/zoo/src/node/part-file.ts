import { appendFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartialDownload } from '../model-source.ts';

/** Bytes of the largest beginning that is taken up again. */
const most = 2 ** 31;

/**
 * Keeps the beginning of a download as `<name>.<process>.part`, so that two programs never write into one file; what a program that is gone has left is taken over.
 * @param folder made where it does not exist
 */
export function partFile(folder: string, name: string): PartialDownload {
  const own = join(folder, `${name}.${process.pid}.part`);
  return {
    async read() {
      for (const left of await readdir(folder).catch((): string[] => [])) {
        const owner = left.startsWith(`${name}.`) && partOwner(left);
        if (owner && (owner === process.pid || !isRunning(owner)))
          await rename(join(folder, left), own).catch(() => {}); // another was faster
      }
      const found = await stat(own).catch(() => undefined);
      return found?.isFile() && found.size <= most ? new Uint8Array(await readFile(own)) : undefined;
    },
    async append(chunk) {
      await mkdir(folder, { recursive: true });
      await appendFile(own, chunk);
    },
    clear: () => rm(own, { force: true }),
  };
}

/** The process that a `….<process>.part` belongs to; undefined for other files. */
export const partOwner = (file: string): number | undefined => Number(/\.(\d+)\.part$/.exec(file)?.[1]) || undefined;

/** Whether a process exists, whoever owns it. */
export function isRunning(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
