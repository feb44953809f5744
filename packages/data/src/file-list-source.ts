import type { DatasetSource } from './dataset-source.ts';
import type { ExampleFile, SourceExample } from './examples.ts';

/** A browser's `File`, as much of it as is used here. */
interface BrowserFile {
  readonly name: string;
  /** `photos/cat/1.jpg`, where a folder was chosen. */
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

/** The folder that a file lies in, and its path below the folder that was chosen. */
function placeOf({ name, webkitRelativePath }: BrowserFile): {
  readonly folder: string | undefined;
  readonly path: string;
} {
  const path = webkitRelativePath || name;
  const parts = path.split('/');
  return { folder: parts.at(-2), path };
}

/** Files of a browser: those of a chosen folder, where the folder that a file lies in is its class. */
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
        `The files hold ${noun} of ${classes.length ? `one class ("${classes[0]}")` : 'no class'}, and two or more are needed. Choose a folder that holds one folder of ${noun} for each class.`,
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
