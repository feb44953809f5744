import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { SourceOptions } from '../index.ts';
import { type ImageFile, imageFiles } from './image-files.ts';

/** Which files are examples; a modality of `@graft/tasks` is one. */
export interface ExampleKind extends Omit<SourceOptions, 'noun'> {
  /** One and several of them, for messages. */
  readonly noun: readonly [one: string, many: string];
}

/**
 * Lists the example files at a path: of a folder, all matching files in it and its subfolders; otherwise the path itself, which need not exist.
 * @throws if a folder contains no matching file, or cannot be read
 */
export async function exampleFiles(
  path: string,
  { noun: [, noun], extensions, recognises, followLinks }: ExampleKind,
): Promise<readonly ImageFile[]> {
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return [{ path }];
  const found = await imageFiles(path, { extensions, noun, followLinks, ...(recognises && { recognises }) });
  if (found.length) return found;
  throw new Error(`"${path}" contains no ${noun} (${extensions.join(', ')}). Give another folder, or files.`);
}

/** The paths that command-line arguments name: those on stdin, one per line, in the place of `-`. */
export async function* namedPaths(
  named: readonly string[],
  stdin: AsyncIterable<string> = process.stdin,
): AsyncGenerator<string, void, undefined> {
  for (const name of named)
    if (name !== '-') yield name;
    else
      for await (const line of createInterface({ input: Readable.from(stdin), crlfDelay: Infinity }))
        if (line.trim() !== '') yield line;
}
