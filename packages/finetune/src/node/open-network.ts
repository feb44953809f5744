import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readModel } from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import type { Context } from '@graft/plugin';
import { isInside, readRegularFile } from '@graft/storage/node';
import type { Network } from '@graft/tasks';
import { modelCard, schemeOf } from '@graft/zoo';
import { openCompanion, openModel, type OpenModelOptions } from '@graft/zoo/node';
import { architectureNetwork, type WeightsFile } from '../architecture-network.ts';
import type { OpenModelContext } from '../services.ts';
import { foldersBeside, modelIn } from './model-folder.ts';

/** This package's folder, to find model packages installed next to it. */
export const ownFolder: string = fileURLToPath(new URL('.', import.meta.url));

/**
 * Opens a network by the name of a zoo model, the path of a file or folder, or an address, including weights in external files, as PyTorch exports them, and
 * configurations next to it, as transformers writes them.
 * @throws if there is none, or it is not an ONNX file
 */
export async function openOnDisk(app: Context, model: string, context: OpenModelContext): Promise<Network> {
  const options = optionsFor(app, context);
  if (model.startsWith('hf:')) return openOnHub(model, options);
  const isNamed = app.all(modelCard).some(({ name }) => name === model);
  const path = isNamed || schemeOf(model) ? model : await modelIn(model);
  const { card, bytes } = await openModel(path, options);
  const name = card?.name ?? path;
  if (card?.architecture !== undefined)
    return architectureNetwork(app, card.architecture, {
      bytes,
      name,
      card,
      companion: (companion) => openCompanion(card, companion, options),
    });
  if (card || !existsSync(path)) return { card, file: readModel({ name, model: bytes }) };
  const { externalData } = await readOnnx(path, bytes).catch((error) => {
    readModel({ name, model: bytes }); // throws with the path as given if it is not a model
    throw error;
  });
  return {
    card,
    file: readModel({ name, model: bytes, ...(externalData && { externalData }) }),
    companion: async (companion) => {
      for (const folder of foldersBeside(path)) {
        const found = await fileBeside(folder, companion);
        if (found) return found;
      }
      return undefined;
    },
  };
}

/** Reads a file of weights by path or URL, or by the name of a card, with the files next to it. @throws if there is none */
export async function readWeightsOnDisk(
  app: Pick<Context, 'all' | 'get'>,
  weights: string,
  context: OpenModelContext,
): Promise<WeightsFile> {
  const options = optionsFor(app, context);
  const { bytes, card } = await openModel(weights, options);
  const companion: Network['companion'] = card
    ? (name) => openCompanion(card, name, options)
    : existsSync(weights)
      ? (name) => fileBeside(dirname(weights), name)
      : undefined;
  return { bytes, card, name: card?.name ?? weights, ...(companion && { companion }) };
}

const optionsFor = (
  app: Pick<Context, 'all' | 'get'>,
  { progress, onWarning, signal }: OpenModelContext,
): OpenModelOptions => ({
  app,
  from: [process.cwd(), ownFolder],
  ...(progress && { progress }),
  ...(onWarning && { onWarning }),
  ...(signal && { signal }),
});

/** Opens a model on the Hugging Face Hub; without a path, the one that exporters write. Its configurations are in the same folder or the repository's. */
async function openOnHub(model: string, options: OpenModelOptions): Promise<Network> {
  const [, repository, path] = /^(hf:[^/]+\/[^/]+)(?:\/(.*))?$/s.exec(model) ?? [];
  // With a path behind it, an owner alone would be read as another owner's repository.
  if (repository === undefined)
    throw new Error(`"${model}" is not a repository of the Hugging Face Hub. Use hf:owner/repository.`);
  const paths = path ? [path] : ['onnx/model.onnx', 'model.onnx'];
  for (const [i, one] of paths.entries())
    try {
      const { bytes } = await openModel(`${repository}/${one}`, options);
      const folders = [...new Set([one.includes('/') ? `${dirname(one)}/` : '', ''])];
      return {
        card: undefined,
        file: readModel({ name: `${repository}/${one}`, model: bytes }),
        companion: (name) =>
          firstOf(
            folders.map((folder) => `${repository}/${folder}${plain(name)}`),
            options,
          ),
      };
    } catch (error) {
      if (!isMissing(error) || i === paths.length - 1) throw error;
    }
  throw new Error(`"${model}" has no model.`);
}

/** The first of several files that exists. */
async function firstOf(addresses: readonly string[], options: OpenModelOptions): Promise<Uint8Array | undefined> {
  for (const address of addresses)
    try {
      return (await openModel(address, options)).bytes;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  return undefined;
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** @throws if a name is a path */
function plain(name: string): string {
  if (basename(name) !== name) throw new Error(`"${name}" is a path. Give the name of a file next to the model.`);
  return name;
}

/** Maximum size of a companion file, in bytes. */
const maxBytes = 2 ** 27;

/** Reads a file in a folder; undefined if there is none. @throws if the name is a path or leads out of the folder, or the file is too large */
async function fileBeside(folder: string, name: string): Promise<Uint8Array | undefined> {
  const path = join(folder, plain(name));
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const [root, real] = [await realpath(folder), await realpath(path)];
  // The cache of huggingface_hub links from models--…/snapshots/<commit> to models--…/blobs.
  const [, cache] = /^(.*)[\\/]snapshots[\\/][0-9a-f]{40}([\\/]|$)/.exec(root) ?? [];
  if (!isInside(root, real) && !(cache !== undefined && isInside(join(cache, 'blobs'), real)))
    throw new Error(`"${path}" is a link out of its folder. Copy the file there, or remove it.`);
  if (!found.isFile() || found.size > maxBytes)
    throw new Error(`"${path}" is not a file of at most ${maxBytes / 2 ** 20} MiB.`);
  return readRegularFile(real);
}
