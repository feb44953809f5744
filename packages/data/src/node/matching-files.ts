import { realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import type { SourceOptions } from '../index.ts';
import { type Entry, entriesOf, hasEnding } from './folder-entries.ts';

/** A file, or a link that is not followed, with the reason. */
export interface MatchingFile {
  readonly path: string;
  readonly reason?: string;
}

/** A {@link MatchingFile} with the file that its path leads to. */
export interface FoundFile extends MatchingFile {
  readonly real: string;
}

/** The files of a folder. */
export interface MatchingFiles {
  readonly files: readonly FoundFile[];
  /** Files that do not match, relative to the root. */
  readonly others: readonly string[];
}

/** Bytes of a file that decide whether it is an example. */
const headBytes = 32;

/**
 * Lists the examples in a folder and its subfolders, sorted by name in each, and the other files. Hidden files are skipped, and so are the folders of finished runs; a folder that several links lead to is
 * read once.
 * @param root which links must not leave, except with `followLinks`
 * @param hint the last sentence of the message if the folder cannot be read
 * @param listsProblems whether a folder inside that cannot be read, or a link to a folder outside the root, is listed with the reason
 * @throws otherwise if there is one
 */
export async function matchingFiles(
  root: string,
  folder: string,
  options: SourceOptions,
  { hint, listsProblems = false }: { readonly hint: string; readonly listsProblems?: boolean },
): Promise<MatchingFiles> {
  const { followLinks } = options;
  const seen = new Set<string>(); // links may form cycles
  const files: FoundFile[] = [];
  const others: string[] = [];
  const visit = async (place: string): Promise<void> => {
    let entries: readonly Entry[];
    try {
      entries = await entriesOf(root, place, { followLinks, hint });
    } catch (error) {
      if (!listsProblems || place === folder) throw error;
      files.push({ path: place, real: place, reason: (error as Error).message });
      return;
    }
    const real = realpathSync(place);
    if (seen.has(real)) return;
    seen.add(real);
    if (place !== folder && isRun(entries)) return;
    for (const entry of entries) {
      const path = join(place, entry.name);
      if (entry.outside && !listsProblems) throw new Error(entry.reason);
      if (entry.outside) files.push({ path, real: path, reason: entry.reason! });
      else if (entry.kind === 'folder') await visit(path);
      else if (await isExample(entry, path, options))
        files.push({
          path,
          real: entry.target ?? join(real, entry.name),
          ...(entry.reason !== undefined && { reason: entry.reason }),
        });
      else others.push(relative(root, path));
    }
  };
  await visit(folder);
  return { files, others };
}

/** Whether a file or a broken link is an example: by its extension or, without one, by its first bytes. */
export async function isExample(
  { name, kind }: Entry,
  path: string,
  { extensions, recognises }: SourceOptions,
): Promise<boolean> {
  if (kind === 'folder' || kind === 'other') return false;
  if (hasEnding(name, extensions)) return true;
  return kind === 'file' && recognises !== undefined && extname(name) === '' && recognises(await headOf(path));
}

/** The first bytes of a file; none if it cannot be read. */
async function headOf(path: string): Promise<Uint8Array> {
  const head = new Uint8Array(headBytes);
  const file = await open(path).catch(() => undefined);
  try {
    const read = await file?.read(head, 0, headBytes, 0);
    return head.subarray(0, read?.bytesRead ?? 0);
  } catch {
    return head.subarray(0, 0);
  } finally {
    await file?.close();
  }
}

/** Whether a folder holds a fine-tuning run, whose pictures are not examples. */
export function isRun(entries: readonly Entry[]): boolean {
  const names = new Set(entries.map(({ name }) => name));
  return names.has('run.json') && (names.has('phases') || names.has('summary.json'));
}
