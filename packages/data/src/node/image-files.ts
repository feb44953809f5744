import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf, hasEnding, imageExtensions } from './folder-entries.ts';

/** An image file, or a link in its place that is not followed, with the reason. */
export interface ImageFile {
  readonly path: string;
  readonly reason?: string;
}

/**
 * The images in a folder and in all below it, sorted by name within each, as {@link imageFolder} lists them: hidden files are passed over, and links that
 * lead nowhere or out of the folder are not followed.
 * @param extensions file name endings that count, in lower case
 * @throws where a folder cannot be read, or a link leads to a folder elsewhere
 */
export async function imageFiles(
  root: string,
  extensions: readonly string[] = imageExtensions,
): Promise<readonly ImageFile[]> {
  const seen = new Set<string>(); // links may lead back up
  const within = async (folder: string): Promise<ImageFile[]> => {
    const entries = await entriesOf(root, folder, 'Give a folder of images.');
    const real = realpathSync(folder);
    if (seen.has(real)) return [];
    seen.add(real);
    const found: ImageFile[] = [];
    for (const { name, kind, reason, outside } of entries) {
      const path = join(folder, name);
      if (outside) throw new Error(reason);
      if (kind === 'folder') found.push(...(await within(path)));
      else if (kind !== 'other' && hasEnding(name, extensions))
        found.push({ path, ...(reason !== undefined && { reason }) });
    }
    return found;
  };
  return within(root);
}
