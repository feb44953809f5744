import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type ImageFile, imageFiles } from '@graft/data/node';
import type { Modality } from '@graft/tasks';

/** What a path has to be an example of. */
type Kind = Pick<Modality, 'noun' | 'extensions'>;

/**
 * The files that somebody names: files as they are, all of a kind in a folder and below it, and for `-` what stdin lists, a path per line.
 * @throws where a folder holds none, or nothing is named
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
  const [one, many] = kind.noun;
  if (!found.length)
    throw new Error(`No ${one} is named. Give files, folders with ${many}, or - and a list of paths on stdin.`);
  return found;
}

async function files(name: string, { noun, extensions }: Kind): Promise<readonly ImageFile[]> {
  if (!(await stat(name).catch(() => undefined))?.isDirectory()) return [{ path: name }]; // reading it says what is wrong
  const found = await imageFiles(name, extensions);
  if (!found.length)
    throw new Error(`"${name}" holds no ${noun[1]} (${extensions.join(', ')}). Give another folder, or files.`);
  return found;
}
