import type { DatasetSource, Examples, SourceExample, SourceOptions } from '../index.ts';
import { SampleError } from '../index.ts';
import { diskFile } from './disk-file.ts';
import { imageFiles } from './image-files.ts';
import { imageFolder } from './image-folder.ts';

/** Opens a folder on disk with one folder of files per class. */
export const classFolderSource: DatasetSource = {
  name: 'classFolder',
  opens: 'a folder with one folder per class',
  accepts: (location) => typeof location === 'string', // imageFolder reports the best errors for paths that no other source opens
  async open(location, options) {
    const root = location as string;
    if (options.unlabelled) return unlabelled(root, options);
    const folder = await imageFolder(root, options);
    const list = Array.from({ length: folder.length }, (_, index): SourceExample => {
      const fields = { label: folder.classes[folder.labels[index]!]! };
      const part = folder.parts && { part: folder.parts[index]! };
      try {
        const { input } = folder.get(index) as { readonly input: string };
        return { place: input, file: diskFile(input), fields, ...part };
      } catch (error) {
        if (!(error instanceof SampleError) || error.path === undefined) throw error;
        return { place: error.path, file: diskFile(error.path, { reason: error.message }), fields, ...part };
      }
    });
    return {
      root,
      list,
      classes: folder.classes,
      ignored: folder.ignored,
      empty: folder.empty,
      warnings: folder.warnings,
      file: (path) => {
        throw new Error(`A folder of classes has no columns with file paths, such as "${path}".`);
      },
    };
  },
};

/** All files of a folder and its folders. */
async function unlabelled(root: string, options: SourceOptions): Promise<Examples> {
  const files = await imageFiles(root, options);
  return {
    root,
    list: files.map(({ path, reason }) => ({
      place: path,
      file: diskFile(path, reason === undefined ? {} : { reason }),
      fields: {},
    })),
    ignored: [],
    file: (path) => {
      throw new Error(`A folder of files has no columns with file paths, such as "${path}".`);
    },
  };
}
