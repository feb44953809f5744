import type { DatasetSource, SourceExample } from '../index.ts';
import { SampleError } from '../index.ts';
import { diskFile } from './disk-file.ts';
import { imageFolder } from './image-folder.ts';

/** A folder on disk that holds one folder of files for each class. */
export const classFolderSource: DatasetSource = {
  name: 'classFolder',
  opens: 'a folder that holds one folder for each class',
  accepts: (location) => typeof location === 'string', // it says best what is wrong with a path that no other source opens
  async open(location, { extensions }) {
    const root = location as string;
    const folder = await imageFolder(root, { extensions });
    const list = Array.from({ length: folder.length }, (_, index): SourceExample => {
      const fields = { label: folder.classes[folder.labels[index]!]! };
      try {
        const { input } = folder.get(index) as { readonly input: string };
        return { place: input, file: diskFile(input), fields };
      } catch (error) {
        if (!(error instanceof SampleError) || error.path === undefined) throw error;
        return { place: error.path, file: diskFile(error.path, error.message), fields };
      }
    });
    return {
      root,
      list,
      classes: folder.classes,
      ignored: folder.ignored,
      file: (path) => {
        throw new Error(`A folder of classes has no columns that name files, such as "${path}".`);
      },
    };
  },
};
