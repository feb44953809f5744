import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readModel } from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import type { Context } from '@graft/plugin';
import type { Network } from '@graft/tasks';
import { openModel } from '@graft/zoo/node';
import type { OpenModelContext } from '../services.ts';

/** This package's own folder: model packages that came with it are found from here. */
export const ownFolder: string = fileURLToPath(new URL('.', import.meta.url));

/**
 * A network by the name of a zoo model, a path or an address; with the files beside it that hold its weights, as PyTorch writes them.
 * @throws where there is none, or it is not an ONNX file
 */
export async function openOnDisk(
  app: Pick<Context, 'all' | 'get'>,
  model: string,
  { progress, signal }: OpenModelContext,
): Promise<Network> {
  const { card, bytes } = await openModel(model, {
    app,
    from: [process.cwd(), ownFolder],
    ...(progress && { progress }),
    ...(signal && { signal }),
  });
  const name = card?.name ?? model;
  const file = readModel({ name, model: bytes });
  if (card || !existsSync(model)) return { card, file };
  const { externalData } = await readOnnx(model);
  return { card, file: externalData ? readModel({ name, model: bytes, externalData }) : file };
}
