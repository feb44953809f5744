import { realpath } from 'node:fs/promises';
import { extname } from 'node:path';
import { isInside, readRegularFile } from '@graft/storage/node';
import type { ExampleFile } from '../index.ts';

/** Options of {@link diskFile}. */
export interface DiskFileOptions {
  /** Why it cannot be read, if already known. */
  readonly reason?: string | undefined;
  /** A folder that the file must be in, also after following links. */
  readonly root?: string | undefined;
}

/** A file on disk as an {@link ExampleFile}. Pipes and devices are refused. */
export const diskFile = (path: string, { reason, root }: DiskFileOptions = {}): ExampleFile => ({
  name: path,
  async bytes(maxBytes) {
    if (reason !== undefined) throw new Error(reason);
    try {
      if (root !== undefined) await expectInside(root, path);
      return await readRegularFile(path, { maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      const why =
        (error as NodeJS.ErrnoException).code === 'EFBIG'
          ? `has more than the ${maxBytes} bytes that are supported. Split or shorten the file.`
          : unreadable(error as NodeJS.ErrnoException);
      throw new Error(`"${path}" ${why}`, { cause: error });
    }
  },
});

async function expectInside(root: string, path: string): Promise<void> {
  const [folder, file] = await Promise.all([realpath(root), realpath(path)]);
  if (!isInside(folder, file)) throw new Error(leadsOut(path, file, root));
}

/** Why a link is not followed. */
export const leadsOut = (link: string, target: string, root: string): string =>
  `"${link}" is a link to "${target}", outside "${root}". Replace the link with a copy, or set the option followLinks if you trust the data.`;

function unreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist. Check the path.';
  if (code === 'EISDIR') return 'is a folder. Pass the path of a file.';
  if (code === 'ESPIPE') return 'is a pipe, a socket or a device. Pass the path of a file.';
  return `cannot be read (${code}). Check its permissions.`;
}

/** Whether a path has the file extension of a table. */
export const isTable = (path: string): boolean => ['.csv', '.jsonl', '.ndjson'].includes(extname(path).toLowerCase());
