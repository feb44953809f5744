import { type Dirent, realpathSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isInside } from '@graft/storage/node';
import { isClutter } from '../is-clutter.ts';

/** An entry of a folder. */
export interface Entry {
  readonly name: string;
  /** `other` is a pipe or device, which may block forever when read; `broken` is a link that is not followed. */
  readonly kind: 'file' | 'folder' | 'other' | 'broken';
  /** Why a link is not followed. */
  readonly reason?: string;
  /** Whether it links to a folder outside the root. */
  readonly outside?: boolean;
}

export const hasEnding = (name: string, extensions: readonly string[]): boolean =>
  extensions.includes(extname(name).toLowerCase());

/**
 * The entries of a folder, sorted, without hidden files and the clutter of operating systems. Links are followed if they stay inside the root.
 * @param hint the last sentence of the message if the folder cannot be read
 */
export async function entriesOf(root: string, folder: string, hint: string): Promise<Entry[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : `cannot be read (${code})`;
    throw new Error(`The image folder "${folder}" ${reason}. ${hint}`, { cause: error });
  }
  return entries
    .filter(({ name }) => !isClutter(name))
    .map((entry) => ({
      name: entry.name,
      ...(entry.isSymbolicLink() ? linked(root, join(folder, entry.name)) : { kind: kindOf(entry) }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const kindOf = (entry: Dirent | Stats): Entry['kind'] =>
  entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';

/** The target of a link. It must stay inside the root, to keep other files out of the dataset. */
function linked(root: string, link: string): Omit<Entry, 'name'> {
  let target: string;
  try {
    target = realpathSync(link);
  } catch (error) {
    const loop = (error as NodeJS.ErrnoException).code === 'ELOOP';
    return {
      kind: 'broken',
      reason: `"${link}" is ${loop ? 'a link to itself' : 'a broken link'}. Remove it.`,
    };
  }
  const found = statSync(target);
  if (isInside(realpathSync(root), target)) return { kind: kindOf(found) };
  return {
    kind: 'broken',
    outside: found.isDirectory(),
    reason: `"${link}" is a link to "${target}", outside "${root}". Replace the link with a copy.`,
  };
}
