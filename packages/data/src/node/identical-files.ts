import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/**
 * Finds groups of files with the same content, as indices into the list. Files that cannot be read are ignored.
 * Only files of the same length are read, which makes it fast for photos.
 */
export async function identicalFiles(paths: readonly string[]): Promise<number[][]> {
  const byLength = new Map<number, number[]>();
  for (const [i, path] of paths.entries()) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) byLength.set(found.size, [...(byLength.get(found.size) ?? []), i]);
  }
  const groups: number[][] = [];
  for (const candidates of byLength.values()) {
    if (candidates.length < 2) continue;
    const byDigest = new Map<string, number[]>();
    for (const i of candidates) {
      const digest = await digestOf(paths[i]!).catch(() => undefined);
      if (digest !== undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), i]);
    }
    groups.push(...[...byDigest.values()].filter((group) => group.length > 1));
  }
  return groups.sort(([a], [b]) => a! - b!);
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
