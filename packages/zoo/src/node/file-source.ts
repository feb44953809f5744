import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelSource } from '../model-source.ts';

/** Files on this machine: `file:///models/a.onnx`, or `file:a.onnx` in the working folder. */
export const fileSource: ModelSource = {
  name: 'file',
  find: (url) => readModelFile(pathOf(url)),
  fetch: (url) => readModelFile(pathOf(url)),
};

/** The limit of protobuf. */
const maxBytes = 2 ** 31;

/** Reads a model file. @throws an error with the path and a suggestion */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // Devices and pipes may never end.
    if (!found.isFile() && !found.isDirectory()) throw Object.assign(new Error(), { code: 'not a file' });
    if (found.size > maxBytes)
      throw Object.assign(new Error(), {
        code: `${found.size} bytes, but the format is limited to 2 GiB; larger models store their weights in separate files`,
      });
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength); // not a copy: a model may take gigabytes
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'does not exist. Check the path'
        : code === 'EISDIR'
          ? 'is a folder. Use the path of a file in it'
          : `cannot be read (${code}). Check its type and permissions`;
    throw new Error(`The model file "${path}" ${reason}.`, { cause: error });
  }
}

function pathOf(url: string): string {
  const rest = url.slice('file:'.length);
  return rest.startsWith('//') ? fileURLToPath(url) : resolve(decodeURIComponent(rest));
}
