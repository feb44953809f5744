import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, didYouMean } from '@graft/plugin';
import type { Storage } from '@graft/storage';
import { cacheFolder, fileStorage } from '@graft/storage/node';
import { cardPackages, howToInstall } from '../card-packages.ts';
import { isPermissive } from '../licence.ts';
import { type ModelCard, modelCard } from '../model-card.ts';
import { type ModelSource, modelSource, type SourceContext, schemeOf } from '../model-source.ts';
import { readModelFile } from './file-source.ts';
import { checkLock, readLock } from './model-lock.ts';
import { partFile } from './part-file.ts';
import { proxiedFetch } from './proxied-fetch.ts';
import { readCard } from './read-card.ts';
import { temporaryDownload } from './temporary-download.ts';

/** Options of {@link openModel}. */
export interface OpenModelOptions {
  /** The app whose cards and sources to use. */
  readonly app: Pick<Context, 'all' | 'get'>;
  /** Folders to search for installed packages, nearest first; default the working folder. The lock file of the first one applies. */
  readonly from?: readonly string[];
  /** The download cache; default {@link cacheFolder}. */
  readonly cache?: string;
  /** Whether to disable downloads; default true if the environment variable GRAFT_OFFLINE is set. */
  readonly offline?: boolean;
  /** Called before downloading a file with a restrictive licence; by default such files are rejected. */
  readonly accept?: (card: ModelCard) => boolean | Promise<boolean>;
  /** Called as data arrives. */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** Called with a sentence if the file cannot be cached; by default, this is an error. */
  readonly onWarning?: (message: string) => void;
  /** Aborts a download. */
  readonly signal?: AbortSignal;
}

/** Maximum number of names in a message. */
const maxListed = 8;

/** A model's file and its card. */
export interface OpenedModel {
  /** Undefined for a file without a card. */
  readonly card?: ModelCard;
  readonly bytes: Uint8Array;
}

/**
 * Opens a model's file: by the name of a card, the path of a `card.json`, the path of a model file, or an address such as
 * `npm:name@1.2.3/model.onnx`. A file with a card is checked against the card's length and digest.
 * @throws if there is no such model, or the file is a different one
 */
export async function openModel(model: string, options: OpenModelOptions): Promise<OpenedModel> {
  const named = options.app.all(modelCard).find((card) => card.name === model);
  if (named) return openCard(named, options);
  if (schemeOf(model)) {
    const source = options.app.get(modelSource, schemeOf(model)!);
    const context = await contextOf(options);
    const found = await source.find?.(model, context);
    if (found) return { bytes: found };
    const partial = temporaryDownload(join(options.cache ?? cacheFolder(), 'models'));
    try {
      return { bytes: await fetchFrom(source, model, { ...context, partial }, options) };
    } finally {
      await partial.clear().catch(() => {});
    }
  }
  if (model.toLowerCase().endsWith('.json')) return openCard(await readCard(model), options);
  if (existsSync(model) || /[/\\]|\.(onnx|pth|pt|bin|ckpt|safetensors)$/i.test(model))
    return { bytes: await readModelFile(model) };
  const install = howToInstall(model);
  if (install) throw new Error(install);
  const cards = options.app.all(modelCard);
  const names = cards
    .filter(({ verified }) => verified)
    .concat(cards.filter(({ verified }) => !verified))
    .map((card) => card.name);
  const listed =
    names.slice(0, maxListed).join(', ') + (names.length > maxListed ? ` and ${names.length - maxListed} more` : '');
  throw new Error(
    `There is no model "${model}".${didYouMean(model, [...new Set([...names, ...cardPackages.keys()])])} Use the path of an ONNX file, or one of: ${listed || 'none; install a package @graft/model-…'}.`,
  );
}

/** Opens a file next to a model by its card, checked against its length and digest; undefined if the card has no such file. */
export async function openCompanion(
  card: ModelCard,
  name: string,
  options: OpenModelOptions,
): Promise<Uint8Array | undefined> {
  const file = card.companions?.find((one) => one.name === name);
  return file && (await openCard({ ...card, ...file, name: `${card.name}/${name}` }, options)).bytes;
}

/** The path of a card's file in the cache. */
export const keptName = ({ sha256 }: Pick<ModelCard, 'sha256'>): string => `models/${sha256}.onnx`;

/** Whether a model's file is on this machine. Local files of sources are verified, cached files are not read. */
export async function hasModel(card: ModelCard, options: OpenModelOptions): Promise<boolean> {
  if (await cacheOf(options).exists(keptName(card))) return true;
  return (await findModel(card, options).catch(() => undefined)) !== undefined;
}

/** Finds a model's file on this machine. Never downloads. */
export async function findModel(
  card: ModelCard,
  options: OpenModelOptions,
): Promise<{ readonly bytes: Uint8Array; readonly where: 'source' | 'cache' } | undefined> {
  const found = await options.app
    .get(modelSource, schemeOf(card.source)!)
    .find?.(card.source, { ...(await contextOf(options)), bytes: card.bytes });
  if (found) return { bytes: checked(card, found), where: 'source' };
  const cache = cacheOf(options);
  if (!(await cache.exists(keptName(card)))) return undefined;
  const bytes = await cache.read(keptName(card));
  if (digest(bytes) === card.sha256) return { bytes, where: 'cache' };
  await cache.remove(keptName(card)); // corrupted
  return undefined;
}

/** Reads the file of a card from this machine, or downloads it. */
async function openCard(card: ModelCard, options: OpenModelOptions): Promise<OpenedModel> {
  const { app, from: [project = process.cwd()] = [], cache = cacheFolder() } = options;
  checkLock(await readLock(project), card);
  const found = await findModel(card, options);
  if (found) return { card, bytes: found.bytes };
  if (!isPermissive(card.licence) && !(await options.accept?.(card)))
    throw new Error(
      `The licence of "${card.name}", ${card.licence}, restricts its use, and has not been accepted. Read it (${card.origin}), then download the file with graft models pull ${card.name} --accept-licence ${card.licence}.`,
    );
  const partial = partFile(join(cache, 'models'), card.sha256);
  const fetched = await fetchFrom(
    app.get(modelSource, schemeOf(card.source)!),
    card.source,
    { ...(await contextOf(options)), bytes: card.bytes, partial },
    options,
  );
  try {
    const bytes = checked(card, fetched);
    await cacheOf(options)
      .write(keptName(card), bytes)
      .catch((error: Error) => {
        if (!options.onWarning) throw error;
        options.onWarning(
          `The model "${card.name}" is not cached, and will be downloaded again next time: ${error.message}`,
        );
      });
    return { card, bytes };
  } finally {
    await partial.clear().catch(() => {}); // it may belong to a different file
  }
}

async function fetchFrom(
  source: ModelSource,
  url: string,
  context: SourceContext,
  { offline = Boolean(process.env['GRAFT_OFFLINE']) }: OpenModelOptions,
): Promise<Uint8Array> {
  if (offline && source.remote)
    throw new Error(
      `${url} is not on this machine, and downloads are disabled offline. Unset GRAFT_OFFLINE, or use the path of a local file.`,
    );
  return source.fetch(url, context);
}

async function contextOf({
  from = [process.cwd()],
  progress,
  onWarning,
  signal,
}: OpenModelOptions): Promise<SourceContext> {
  const fetch = await proxiedFetch();
  return {
    from,
    ...(progress && { progress }),
    ...(onWarning && { onWarning }),
    ...(signal && { signal }),
    ...(fetch && { fetch }),
  };
}

const cacheOf = ({ cache = cacheFolder() }: OpenModelOptions): Storage => fileStorage(cache);

function checked(card: ModelCard, bytes: Uint8Array): Uint8Array {
  const actual = digest(bytes);
  if (bytes.length === card.bytes && actual === card.sha256) return bytes;
  throw new Error(
    `The file of model "${card.name}" from ${card.source} does not match its card: ${bytes.length} bytes with SHA-256 ${actual}, but the card says ${card.bytes} bytes with SHA-256 ${card.sha256}. Check the source, or fix the card.`,
  );
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
