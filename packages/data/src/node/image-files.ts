import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf, hasEnding, imageExtensions } from './folder-entries.ts';

/** An image file, or a link that is not followed, with the reason. */
export interface ImageFile {
  readonly path: string;
  readonly reason?: string;
}

/**
 * Lists the images in a folder and its subfolders, sorted by name in each. Like {@link imageFolder}, it skips hidden files, and does not follow
 * links that are broken or lead out of the folder.
 * @param extensions file extensions of images, in lower case
 * @param noun what messages call the files
 * @throws if a folder cannot be read, or a link leads to a folder outside the root
 */
export async function imageFiles(
  root: string,
  extensions: readonly string[] = imageExtensions,
  noun = 'images',
): Promise<readonly ImageFile[]> {
  const seen = new Set<string>(); // links may form cycles
  const within = async (folder: string): Promise<ImageFile[]> => {
    const entries = await entriesOf(root, folder, `Pass a folder of ${noun}.`);
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
