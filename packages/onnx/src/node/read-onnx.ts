import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { brief } from '@graft/plugin';
import { isInside, readRegularFile } from '@graft/storage/node';
import type { ExternalFile } from '../proto/external-data.ts';
import { externalFilesOf } from '../proto/external-files.ts';
import type { OnnxSource } from '../proto/read-model.ts';

/**
 * Reads an ONNX file from disk. External weights are read on demand.
 * @param held the bytes of the file, if they were already read
 * @throws if the file or one of its external files cannot be read, or is outside its folder
 */
export async function readOnnx(path: string, held?: Uint8Array): Promise<OnnxSource> {
  const model = held ?? (await readRegularFile(path));
  const folder = await realpath(dirname(path));
  const files = new Map<string, ExternalFile>();
  for (const name of externalFilesOf(model, basename(path))) {
    const file = join(folder, name);
    // A link inside the folder may still point outside.
    const real = await realpath(file).catch(() => {
      throw new Error(
        brief(`${basename(path)} stores weights in "${name}", which does not exist in ${folder}. Copy it there.`),
      );
    });
    if (!isInside(folder, real))
      throw new Error(
        brief(`${basename(path)} stores weights in "${name}", which is outside ${folder}. Do not trust this model.`),
      );
    files.set(name, readInParts(real, `${basename(path)} stores weights in "${name}", which`));
  }
  return { model, externalData: { open: (name) => files.get(name) }, name: basename(path) };
}

/** @param what the beginning of error messages */
function readInParts(path: string, what: string): ExternalFile {
  const use = <T>(work: (file: number) => T): T => {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // opening a pipe would wait for a writer
    try {
      return work(file);
    } finally {
      closeSync(file);
    }
  };
  const bytes = use((file) => {
    const status = fstatSync(file);
    if (!status.isFile()) throw new Error(`${what} is not a file. Do not trust this model.`);
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
          if (got === 0) throw new Error(`${what} became shorter while it was read.`);
          at += got;
        }
        return part;
      }),
  };
}
