import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelSource } from '../model-source.ts';

/** Files on this machine: `file:///models/a.onnx`, or `file:a.onnx` in the working folder. */
export const fileSource: ModelSource = {
  name: 'file',
  find: (url) => readModelFile(pathOf(url)),
  fetch: (url) => readModelFile(pathOf(url)),
};

/** @throws with the path and the way out */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist. Check the path' : code === 'EISDIR' ? 'is a folder. Give the path of a file in it' : `cannot be read (${code}). Check its permissions`;
    throw new Error(`The model file "${path}" ${reason}.`, { cause: error });
  }
}

function pathOf(url: string): string {
  const rest = url.slice('file:'.length);
  return rest.startsWith('//') ? fileURLToPath(url) : resolve(decodeURIComponent(rest));
}
