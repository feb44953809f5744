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

/** Where protobuf ends. */
const mostBytes = 2 ** 31;

/** @throws with the path and the way out */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // Devices and pipes may never end.
    if (!found.isFile() && !found.isDirectory()) throw Object.assign(new Error(), { code: 'not a file' });
    if (found.size > mostBytes)
      throw Object.assign(new Error(), {
        code: `${found.size} bytes, and the format ends at 2 GiB; larger models keep their weights in files of their own`,
      });
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'does not exist. Check the path'
        : code === 'EISDIR'
          ? 'is a folder. Give the path of a file in it'
          : `cannot be read (${code}). Check what it is, and its permissions`;
    throw new Error(`The model file "${path}" ${reason}.`, { cause: error });
  }
}

function pathOf(url: string): string {
  const rest = url.slice('file:'.length);
  return rest.startsWith('//') ? fileURLToPath(url) : resolve(decodeURIComponent(rest));
}
