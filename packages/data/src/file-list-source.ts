import type { DatasetSource } from './dataset-source.ts';
import type { ExampleFile, SourceExample } from './examples.ts';

/** The members of a browser's `File` that are used here. */
interface BrowserFile {
  readonly name: string;
  /** Such as `photos/cat/1.jpg`, if the user chose a folder. */
  readonly webkitRelativePath?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

const isFile = (value: unknown): value is BrowserFile =>
  typeof value === 'object' && value !== null && 'arrayBuffer' in value && 'name' in value;

const listOf = (location: unknown): readonly unknown[] =>
  Array.isArray(location)
    ? location
    : typeof location === 'object' && location !== null && Symbol.iterator in location && !ArrayBuffer.isView(location)
      ? [...(location as Iterable<unknown>)]
      : [];

/** The parent folder of a file, and its path relative to the chosen folder. */
function placeOf({ name, webkitRelativePath }: BrowserFile): {
  readonly folder: string | undefined;
  readonly path: string;
} {
  const path = webkitRelativePath || name;
  const parts = path.split('/');
  return { folder: parts.at(-2), path };
}

/** Opens the files of a folder chosen in a browser; the parent folder of a file is its class. */
export const fileListSource: DatasetSource = {
  name: 'fileList',
  opens: 'a list of File objects with one folder per class (webkitRelativePath, or names such as "cat/1.jpg")',
  accepts: (location) => {
    const files = listOf(location);
    return files.length > 0 && files.every(isFile);
  },
  async open(location, { extensions, noun }) {
    const files = listOf(location) as readonly BrowserFile[];
    const byPath = new Map(files.map((file) => [placeOf(file).path, file]));
    const list: SourceExample[] = [];
    const ignored: string[] = [];
    for (const [path, file] of [...byPath].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { folder } = placeOf(file);
      const known = extensions.some((ending) => path.toLowerCase().endsWith(ending));
      if (!known || folder === undefined || folder.startsWith('.')) ignored.push(path);
      else list.push({ place: path, file: asExampleFile(path, file), fields: { label: folder } });
    }
    const classes = [...new Set(list.map(({ fields }) => String(fields['label'])))].sort();
    if (classes.length < 2)
      throw new Error(
        `The files contain ${noun} of ${classes.length ? `one class ("${classes[0]}")` : 'no class'}, but two or more are needed. Choose a folder with one folder of ${noun} per class.`,
      );
    return {
      root: '',
      list,
      classes,
      ignored,
      file(path) {
        const found = byPath.get(path);
        if (!found) throw new Error(`There is no file "${path}" among the chosen files.`);
        return asExampleFile(path, found);
      },
    };
  },
};

const asExampleFile = (name: string, file: BrowserFile): ExampleFile => ({
  name,
  bytes: async () => new Uint8Array(await file.arrayBuffer()),
});
