import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, isAbsolute } from 'node:path';
import { externalFilesOf } from '../proto/external-files.ts';
import type { OnnxSource } from '../proto/read-model.ts';

/**
 * An ONNX file from disk, with the files beside it that hold its weights.
 * @throws where the file or one it names cannot be read, or lies outside its folder
 */
export async function readOnnx(path: string): Promise<OnnxSource> {
  const model = await readFile(path);
  const folder = await realpath(dirname(path));
  const externalData = new Map<string, Uint8Array>();
  for (const name of externalFilesOf(model, basename(path))) {
    const file = join(folder, name);
    // A link inside the folder may still lead out of it.
    const real = await realpath(file).catch(() => {
      throw new Error(`${basename(path)} keeps weights in "${name}", and there is no such file in ${folder}. Copy it there.`);
    });
    const inside = relative(folder, real);
    if (inside.startsWith('..') || isAbsolute(inside)) throw new Error(`${basename(path)} keeps weights in "${name}", which leads out of ${folder}. Do not trust this model.`);
    externalData.set(name, await readFile(real));
  }
  return { model, externalData, name: basename(path) };
}
