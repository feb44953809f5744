import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Limits of {@link readRegularFile}. */
export interface ReadOptions {
  /** The most bytes to read; default no limit. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads a file whose path comes from somewhere else. A pipe, socket or device in its place is refused instead of being waited for.
 * @throws like `readFile` of Node.js; with the code `ESPIPE` if the path is not a file or folder, and `EFBIG` if the file has more than `maxBytes`
 */
export const readRegularFile = (path: string, { maxBytes = Infinity }: ReadOptions = {}): Promise<Uint8Array> =>
  withRegularFile(path, async (file) => {
    const found = await file.stat();
    if (found.isFile() && found.size > maxBytes)
      throw Object.assign(new Error(`EFBIG: "${path}" has ${found.size} bytes, more than ${maxBytes}`), {
        code: 'EFBIG',
        path,
      });
    const { buffer, byteOffset, byteLength } = await file.readFile(); // of a folder, this throws EISDIR
    return new Uint8Array(buffer, byteOffset, byteLength); // not a copy: a model may take gigabytes
  });

/** SHA-256 of a file in hexadecimal, read in parts. @throws like {@link readRegularFile} */
export const digestRegularFile = (path: string): Promise<string> =>
  withRegularFile(path, async (file) => {
    const hash = createHash('sha256');
    for await (const part of file.createReadStream({ autoClose: false, highWaterMark: 2 ** 20 }))
      hash.update(part as Uint8Array);
    return hash.digest('hex');
  });

async function withRegularFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  // Opening a pipe without this waits for a writer. Windows has no such flag, and no pipes in folders.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ENXIO' || error.code === 'EOPNOTSUPP' ? notRegular(path) : error; // a socket
    },
  );
  try {
    const found = await file.stat();
    if (!found.isFile() && !found.isDirectory()) throw notRegular(path);
    return await use(file);
  } finally {
    await file.close();
  }
}

const notRegular = (path: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`ESPIPE: "${path}" is a pipe, a socket or a device`), { code: 'ESPIPE', path });
