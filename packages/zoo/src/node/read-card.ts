import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModelCard } from '../model-card.ts';
import { parseCard } from '../parse-card.ts';
import { readModelFile } from './file-source.ts';

/**
 * Reads a `card.json`. A source such as `file:model.onnx` is relative to the card's folder.
 * @throws if the file is not a valid card; the error names the field
 */
export async function readCard(path: string): Promise<ModelCard> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > 2 ** 24)
    throw new Error(
      `The model card "${path}" has ${size} bytes, but a card has at most 16 MiB. Use the path of a card.json.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readModelFile(path)));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new Error(
      `The model card "${path}" is not JSON (${error.message}). Fix it, or use the path of a valid card.json.`,
      { cause: error },
    );
  }
  const card = parseCard(json, `"${path}"`);
  if (!card.source.startsWith('file:') || card.source.startsWith('file:/')) return card;
  return {
    ...card,
    source: pathToFileURL(resolve(dirname(path), decodeURIComponent(card.source.slice('file:'.length)))).href,
  };
}
