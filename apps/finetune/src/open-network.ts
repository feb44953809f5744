import { existsSync } from 'node:fs';
import { type OnnxFile, readModel } from '@graft/onnx';
import { readOnnx } from '@graft/onnx/node';
import type { App } from '@graft/plugin';
import type { ModelCard } from '@graft/zoo';
import { openModel } from '@graft/zoo/node';
import { appFolder } from './app-folder.ts';

export interface Network {
  /** Where it is a zoo model. */
  readonly card: ModelCard | undefined;
  readonly file: OnnxFile;
}

/**
 * A network by the name of a zoo model, a path or an address; with the files beside it that hold its weights, as PyTorch writes them.
 * @param progress hears of a download
 * @throws where there is none, or it is no ONNX file
 */
export async function openNetwork(
  app: App,
  model: string,
  progress?: (done: number, total: number | undefined) => void,
): Promise<Network> {
  const { card, bytes } = await openModel(model, {
    app,
    from: [process.cwd(), appFolder],
    ...(progress && { progress }),
  });
  const name = card?.name ?? model;
  const file = readModel({ name, model: bytes });
  if (card || !existsSync(model)) return { card, file };
  const { externalData } = await readOnnx(model);
  return { card, file: externalData ? readModel({ name, model: bytes, externalData }) : file };
}
