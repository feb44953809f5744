import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, isAbandoned, isRunning, isUnfinished } from '@graft/storage/node';
import { partOwner } from './part-file.ts';

/** A file in the model cache. */
export interface KeptFile {
  readonly path: string;
  readonly bytes: number;
  /** Digest of the complete file, from its name; undefined for a partial download or write. */
  readonly sha256: string | undefined;
}

/** Lists complete and partial downloads in the cache, and files that a write left unfinished. */
export async function keptFiles(cache: string = cacheFolder()): Promise<KeptFile[]> {
  const folder = join(cache, 'models');
  const found: KeptFile[] = [];
  for (const name of (await readdir(folder).catch((): string[] => [])).sort()) {
    const sha256 = /^([0-9a-f]{64})\.onnx$/.exec(name)?.[1];
    if (sha256 === undefined && partOwner(name) === undefined && !isUnfinished(name)) continue; // not a download
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file?.isFile()) found.push({ path: join(folder, name), bytes: file.size, sha256 });
  }
  return found;
}

/**
 * Removes unneeded files and abandoned partial downloads from the cache.
 * @param wanted digests of files to keep
 * @returns the removed files
 */
export async function pruneModels(wanted: ReadonlySet<string>, cache: string = cacheFolder()): Promise<KeptFile[]> {
  const removed: KeptFile[] = [];
  for (const file of await keptFiles(cache)) {
    if (file.sha256 === undefined ? isInUse(file.path) : wanted.has(file.sha256)) continue;
    await rm(file.path, { force: true });
    removed.push(file);
  }
  return removed;
}

/** Whether a partial download or write may belong to another process that goes on with it. */
function isInUse(path: string): boolean {
  if (isUnfinished(path)) return !isAbandoned(path);
  const owner = partOwner(path);
  return owner !== undefined && owner !== process.pid && isRunning(owner);
}
