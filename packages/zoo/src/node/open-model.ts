import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type App, didYouMean } from '@graft/plugin';
import type { Storage } from '@graft/tensor';
import { fileStorage } from '@graft/tensor/node';
import { type ModelCard, modelCard } from '../model-card.ts';
import { modelSource, type SourceContext, schemeOf } from '../model-source.ts';
import { cacheFolder } from './cache-folder.ts';
import { readModelFile } from './file-source.ts';
import { readCard } from './read-card.ts';

export interface OpenModelOptions {
  /** Whose cards and sources to use. */
  readonly app: App;
  /** Folders to look for installed packages in, the nearest first; the working folder unless told. */
  readonly from?: readonly string[];
  /** Where downloads are kept; files in {@link cacheFolder} unless told. */
  readonly cache?: Storage;
  /** Called as bytes arrive. */
  readonly progress?: (done: number, total: number | undefined) => void;
}

export interface OpenedModel {
  /** Undefined for a file that came without one. */
  readonly card?: ModelCard;
  readonly bytes: Uint8Array;
}

/**
 * A model's file: by the name of a card, the path of a `card.json`, the path of a model file, or an address such as
 * `npm:name@1.2.3/model.onnx`. What has a card has the length and the digest that the card says.
 * @throws where there is no such model, or where the file is another one
 */
export async function openModel(model: string, options: OpenModelOptions): Promise<OpenedModel> {
  const { app, from = [process.cwd()], progress } = options;
  const named = app.all(modelCard).find((card) => card.name === model);
  if (named) return openCard(named, options);
  if (schemeOf(model)) {
    const context: SourceContext = { from, ...(progress && { progress }) };
    const source = app.get(modelSource, schemeOf(model)!);
    return { bytes: (await source.find?.(model, context)) ?? (await source.fetch(model, context)) };
  }
  if (model.toLowerCase().endsWith('.json')) return openCard(await readCard(model), options);
  if (existsSync(model) || /[/\\]|\.onnx$/i.test(model)) return { bytes: await readModelFile(model) };
  const names = app.all(modelCard).map((card) => card.name);
  throw new Error(`There is no model "${model}".${didYouMean(model, names)} Give the path of an ONNX file, or one of: ${names.sort().join(', ') || 'none; install a package @graft/model-…'}.`);
}

/** The file a card stands for: where it is at hand, from the cache, or from its source. */
async function openCard(card: ModelCard, { app, from = [process.cwd()], cache = fileStorage(cacheFolder()), progress }: OpenModelOptions): Promise<OpenedModel> {
  const source = app.get(modelSource, schemeOf(card.source)!);
  const context: SourceContext = { bytes: card.bytes, from, ...(progress && { progress }) };
  const found = await source.find?.(card.source, context);
  if (found) return { card, bytes: checked(card, found) };
  const kept = `models/${card.sha256}.onnx`;
  if (await cache.exists(kept)) {
    const bytes = await cache.read(kept);
    if (digest(bytes) === card.sha256) return { card, bytes };
    await cache.remove(kept); // the disk, or someone, changed it
  }
  const bytes = checked(card, await source.fetch(card.source, context));
  await cache.write(kept, bytes);
  return { card, bytes };
}

function checked(card: ModelCard, bytes: Uint8Array): Uint8Array {
  const actual = digest(bytes);
  if (bytes.length === card.bytes && actual === card.sha256) return bytes;
  throw new Error(
    `The file of model "${card.name}" from ${card.source} is not the one its card stands for: ${bytes.length} bytes with SHA-256 ${actual}, and the card says ${card.bytes} bytes with SHA-256 ${card.sha256}. It was not used; check the source, or the card.`,
  );
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
