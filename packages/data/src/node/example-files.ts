import { stat } from 'node:fs/promises';
import { type ImageFile, imageFiles } from './image-files.ts';

/**
 * Lists the example files at a path: of a folder, all matching files in it and its subfolders; otherwise the path itself, which need not exist.
 * @param kind name endings of matching files in lower case, and the plural noun for messages; a modality of `@graft/tasks` is one
 * @throws if a folder contains no matching file, or cannot be read
 */
export async function exampleFiles(
  path: string,
  { noun: [, noun], extensions }: { readonly noun: readonly [string, string]; readonly extensions: readonly string[] },
): Promise<readonly ImageFile[]> {
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return [{ path }];
  const found = await imageFiles(path, extensions, noun);
  if (found.length) return found;
  throw new Error(`"${path}" contains no ${noun} (${extensions.join(', ')}). Give another folder, or files.`);
}
