import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, isAbsolute } from 'node:path';
import type { ExternalFile } from '../proto/external-data.ts';
import { externalFilesOf } from '../proto/external-files.ts';
import type { OnnxSource } from '../proto/read-model.ts';

/**
 * An ONNX file from disk. Weights in files beside it are read where and when they are wanted.
 * @throws where the file or one it names cannot be read, or lies outside its folder
 */
export async function readOnnx(path: string): Promise<OnnxSource> {
  const model = await readFile(path);
  const folder = await realpath(dirname(path));
  const files = new Map<string, ExternalFile>();
  for (const name of externalFilesOf(model, basename(path))) {
    const file = join(folder, name);
    // A link inside the folder may still lead out of it.
    const real = await realpath(file).catch(() => {
      throw new Error(
        `${basename(path)} keeps weights in "${name}", and there is no such file in ${folder}. Copy it there.`,
      );
    });
    const inside = relative(folder, real);
    if (inside.startsWith('..') || isAbsolute(inside))
      throw new Error(
        `${basename(path)} keeps weights in "${name}", which leads out of ${folder}. Do not trust this model.`,
      );
    files.set(name, readInParts(real, `${basename(path)} keeps weights in "${name}", which`));
  }
  return { model, externalData: { open: (name) => files.get(name) }, name: basename(path) };
}

/** @param what begins a message about it */
function readInParts(path: string, what: string): ExternalFile {
  const use = <T>(work: (file: number) => T): T => {
    const file = openSync(path, 'r');
    try {
      return work(file);
    } finally {
      closeSync(file);
    }
  };
  const bytes = use((file) => {
    const status = fstatSync(file);
    if (!status.isFile()) throw new Error(`${what} is no file. Do not trust this model.`);
    return status.size;
  });
  return {
    bytes,
    read: (offset, length) =>
      use((file) => {
        const part = new Uint8Array(length);
        // The system gives at most 2 GiB at once.
        for (let at = 0; at < length;) {
          const got = readSync(file, part, at, Math.min(length - at, 2 ** 30), offset + at);
          if (got === 0) throw new Error(`${what} has become shorter while it was read.`);
          at += got;
        }
        return part;
      }),
  };
}
