import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type ImageFile, imageFiles } from '@graft/data/node';
import type { Modality } from '@graft/tasks';

/** The kind of examples to find. */
type Kind = Pick<Modality, 'noun' | 'extensions'>;

/**
 * Expands input arguments: files as they are, folders to all matching files in them and their subfolders, and `-` to the paths on stdin, one per line.
 * @throws if a folder has no matching file, or there is no input at all
 */
export async function inputPaths(
  named: readonly string[],
  kind: Kind,
  stdin: Readable = process.stdin,
): Promise<readonly ImageFile[]> {
  const found: ImageFile[] = [];
  for (const name of named)
    if (name === '-')
      for await (const line of createInterface({ input: stdin, crlfDelay: Infinity }))
        found.push(...(line.trim() === '' ? [] : await files(line, kind)));
    else found.push(...(await files(name, kind)));
  const [, many] = kind.noun;
  if (!found.length)
    throw new Error(
      `There are no ${many} to read. Give files, folders with ${many}, or - with one path per line on stdin.`,
    );
  return found;
}

async function files(name: string, { noun, extensions }: Kind): Promise<readonly ImageFile[]> {
  if (!(await stat(name).catch(() => undefined))?.isDirectory()) return [{ path: name }]; // if it does not exist, reading it will report that
  const found = await imageFiles(name, extensions);
  if (!found.length)
    throw new Error(`"${name}" contains no ${noun[1]} (${extensions.join(', ')}). Give another folder, or files.`);
  return found;
}
