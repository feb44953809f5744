import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { exampleFiles, type ImageFile } from '@graft/data/node';
import type { Modality } from '@graft/tasks';

/**
 * Expands input arguments: files as they are, folders to all matching files in them and their subfolders, and `-` to the paths on stdin, one per line.
 * @throws if a folder has no matching file, or there is no input at all
 */
export async function inputPaths(
  named: readonly string[],
  kind: Pick<Modality, 'noun' | 'extensions'>,
  stdin: Readable = process.stdin,
): Promise<readonly ImageFile[]> {
  const found: ImageFile[] = [];
  for (const name of named)
    if (name === '-')
      for await (const line of createInterface({ input: stdin, crlfDelay: Infinity }))
        found.push(...(line.trim() === '' ? [] : await exampleFiles(line, kind)));
    else found.push(...(await exampleFiles(name, kind)));
  if (found.length) return found;
  const [, many] = kind.noun;
  throw new Error(
    `There are no ${many} to read. Give files, folders with ${many}, or - with one path per line on stdin.`,
  );
}
