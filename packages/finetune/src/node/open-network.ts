import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModel } from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import type { Context } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import { openModel } from '@graft/zoo/node';
import type { OpenModelContext } from '../services.ts';

/** This package's folder, to find model packages installed next to it. */
export const ownFolder: string = fileURLToPath(new URL('.', import.meta.url));

/**
 * Opens a network by the name of a zoo model, a path or a URL, including weights in external files, as PyTorch exports them.
 * @throws if there is none, or it is not an ONNX file
 */
export async function openOnDisk(
  app: Pick<Context, 'all' | 'get'>,
  model: string,
  { progress, onWarning, signal }: OpenModelContext,
): Promise<Network> {
  const { card, bytes } = await openModel(model, {
    app,
    from: [process.cwd(), ownFolder],
    ...(progress && { progress }),
    ...(onWarning && { onWarning }),
    ...(signal && { signal }),
  });
  const name = card?.name ?? model;
  if (card || !existsSync(model)) return { card, file: readModel({ name, model: bytes }) };
  const { externalData } = await readOnnx(model, bytes).catch((error) => {
    readModel({ name, model: bytes }); // throws with the path as given if it is not a model
    throw error;
  });
  return {
    card,
    file: readModel({ name, model: bytes, ...(externalData && { externalData }) }),
    companion: (companion) => fileBeside(dirname(model), companion),
  };
}

/** Maximum size of a companion file, in bytes. */
const maxBytes = 2 ** 27;

/** Reads a file in a folder; undefined if there is none. @throws if the name is a path, or the file is too large */
async function fileBeside(folder: string, name: string): Promise<Uint8Array | undefined> {
  if (basename(name) !== name) throw new Error(`"${name}" is a path. Give the name of a file next to the model.`);
  const path = join(folder, name);
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!found.isFile() || found.size > maxBytes)
    throw new Error(`"${path}" is not a file of at most ${maxBytes / 2 ** 20} MiB.`);
  return new Uint8Array(await readFile(path));
}
