import { imageExtensions, type SourceOptions } from '../index.ts';
import { type MatchingFile, matchingFiles } from './matching-files.ts';

/** An image file, or a link that is not followed, with the reason. */
export type ImageFile = MatchingFile;

/**
 * Lists the images in a folder and its subfolders, sorted by name in each. Like {@link imageFolder}, it skips hidden files and the folders of finished runs, and does not follow
 * links that are broken or, by default, lead out of the folder.
 * @param options which files are images; default those with the extensions that `@graft/augment` decodes
 * @throws if the folder cannot be read; folders inside it that cannot be read, and links to folders outside the root, are listed with the reason
 */
export async function imageFiles(
  root: string,
  options: SourceOptions = { extensions: imageExtensions, noun: 'images' },
): Promise<readonly ImageFile[]> {
  const { files } = await matchingFiles(root, root, options, {
    hint: `Pass a folder of ${options.noun}.`,
    listsProblems: true,
  });
  return files.map(({ real: _, ...file }) => file);
}
