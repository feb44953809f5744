import { type Dirent, realpathSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, sep } from 'node:path';

/** Something in a folder. */
export interface Entry {
  readonly name: string;
  /** Pipes and devices are neither: reading one may never end. A broken one is a link that is not followed. */
  readonly kind: 'file' | 'folder' | 'other' | 'broken';
  /** Why a link is not followed. */
  readonly reason?: string;
  /** Whether it leads to a folder elsewhere. */
  readonly outside?: boolean;
}

/** File name endings of images that `@graft/augment` decodes. */
export const imageExtensions: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif', '.tif', '.tiff'];

export const hasEnding = (name: string, extensions: readonly string[]): boolean =>
  extensions.includes(extname(name).toLowerCase());

/**
 * What is in a folder, sorted, without hidden files; links are followed where they stay within the root.
 * @param wanted what to give in its place, for the message where it cannot be read
 */
export async function entriesOf(root: string, folder: string, wanted: string): Promise<Entry[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : `cannot be read (${code})`;
    throw new Error(`The image folder "${folder}" ${reason}. ${wanted}`, { cause: error });
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => ({
      name: entry.name,
      ...(entry.isSymbolicLink() ? linked(root, join(folder, entry.name)) : { kind: kindOf(entry) }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const kindOf = (entry: Dirent | Stats): Entry['kind'] =>
  entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';

/** What a link leads to; it must stay within the root, so that a data set never takes in files from elsewhere. */
function linked(root: string, link: string): Omit<Entry, 'name'> {
  let target: string;
  try {
    target = realpathSync(link);
  } catch (error) {
    const loop = (error as NodeJS.ErrnoException).code === 'ELOOP';
    return {
      kind: 'broken',
      reason: `"${link}" is a link that leads ${loop ? 'back to itself' : 'nowhere'}. Remove it.`,
    };
  }
  const inside = relative(realpathSync(root), target);
  const found = statSync(target);
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return { kind: kindOf(found) };
  return {
    kind: 'broken',
    outside: found.isDirectory(),
    reason: `"${link}" is a link to "${target}", outside of "${root}". Copy the file in its place.`,
  };
}
