import { type Dirent, realpathSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { isInside } from '@graft/storage/node';
import { isClutter } from '../is-clutter.ts';
import { leadsOut } from './disk-file.ts';

/** An entry of a folder. */
export interface Entry {
  readonly name: string;
  /** `other` is a pipe or device, which may block forever when read; `broken` is a link that is not followed. */
  readonly kind: 'file' | 'folder' | 'other' | 'broken';
  /** Why a link is not followed. */
  readonly reason?: string;
  /** Whether it links to a folder outside the root. */
  readonly outside?: boolean;
  /** The file or folder that a followed link leads to. */
  readonly target?: string;
}

export const hasEnding = (name: string, extensions: readonly string[]): boolean =>
  extensions.includes(extname(name).toLowerCase());

/** How the entries of a folder are listed. */
export interface EntryOptions {
  /** Whether links that leave the root are followed. */
  readonly followLinks?: boolean | undefined;
  /** The last sentence of the message if the folder cannot be read. */
  readonly hint: string;
}

/**
 * The entries of a folder, sorted, without hidden files and the clutter of operating systems. Links are followed if they stay inside the root, or with `followLinks`; a link to a folder that contains it
 * is not, because its files would appear again, as those of another class.
 */
export async function entriesOf(root: string, folder: string, { followLinks, hint }: EntryOptions): Promise<Entry[]> {
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
      ...(entry.isSymbolicLink() ? linked(root, join(folder, entry.name), followLinks) : { kind: kindOf(entry) }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const kindOf = (entry: Dirent | Stats): Entry['kind'] =>
  entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';

/** The target of a link. By default it must stay inside the root, to keep other files out of the dataset. */
function linked(root: string, link: string, followLinks: boolean | undefined): Omit<Entry, 'name'> {
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
  if (found.isDirectory() && isInside(target, realpathSync(dirname(link))))
    return { kind: 'broken', reason: `"${link}" is a link to "${target}", a folder that contains it. Remove it.` };
  if (followLinks || isInside(realpathSync(root), target)) return { kind: kindOf(found), target };
  return { kind: 'broken', outside: found.isDirectory(), reason: leadsOut(link, target, root) };
}
