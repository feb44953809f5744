import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { ExampleFile } from '../index.ts';

/** A file on disk as an {@link ExampleFile}. @param reason why it cannot be read, if already known */
export const diskFile = (path: string, reason?: string): ExampleFile => ({
  name: path,
  async bytes() {
    if (reason !== undefined) throw new Error(reason);
    try {
      return new Uint8Array(await readFile(path));
    } catch (error) {
      throw new Error(`"${path}" ${unreadable(error as NodeJS.ErrnoException)}`, { cause: error });
    }
  },
});

function unreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist. Check the path.';
  if (code === 'EISDIR') return 'is a folder. Pass the path of a file.';
  return `cannot be read (${code}). Check its permissions.`;
}

/** Whether a path has the file extension of a table. */
export const isTable = (path: string): boolean => ['.csv', '.jsonl', '.ndjson'].includes(extname(path).toLowerCase());
