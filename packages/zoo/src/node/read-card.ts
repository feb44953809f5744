import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { oneLine } from '@graft/plugin';
import { isInside } from '@graft/storage/node';
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
      `The model card "${path}" is not JSON (${oneLine(error.message)}). Fix it, or use the path of a valid card.json.`,
      {
        cause: error,
      },
    );
  }
  const card = parseCard(json, `"${path}"`);
  return card.source.startsWith('file:') ? { ...card, source: await besideCard(path, card.source) } : card;
}

/** The address of a file that a card names. @throws if it is not inside the card's folder, also after following links: cards are untrusted */
async function besideCard(path: string, source: string): Promise<string> {
  const folder = dirname(path);
  try {
    const named = source.startsWith('file:/')
      ? fileURLToPath(source)
      : resolve(folder, decodeURIComponent(source.slice('file:'.length)));
    const [root, file] = await Promise.all([folder, named].map((one) => realpath(one).catch(() => resolve(one))));
    if (isInside(root!, file!)) return pathToFileURL(named).href;
  } catch (error) {
    throw new Error(
      `The model card "${path}" has the source ${JSON.stringify(source)}, which is not the path of a file.`,
      {
        cause: error,
      },
    );
  }
  throw new Error(
    `The model card "${path}" has the source ${JSON.stringify(source)}, which is outside the card's folder. Put the file beside the card.`,
  );
}
