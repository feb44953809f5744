import type { DatasetSource } from './dataset-source.ts';
import type { ExampleFile, SourceExample, SourceOptions } from './examples.ts';
import { isClutter } from './is-clutter.ts';
import { expectClasses, expectTrained, type FolderContents, splitFolders } from './split-folders.ts';

/** The members of a browser's `File` that are used here. */
interface BrowserFile {
  readonly name: string;
  /** Such as `photos/cat/1.jpg`, if the user chose a folder. */
  readonly webkitRelativePath?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  slice?(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

const isFile = (value: unknown): value is BrowserFile =>
  typeof value === 'object' && value !== null && 'arrayBuffer' in value && 'name' in value;

const listOf = (location: unknown): readonly unknown[] =>
  Array.isArray(location)
    ? location
    : typeof location === 'object' && location !== null && Symbol.iterator in location && !ArrayBuffer.isView(location)
      ? [...(location as Iterable<unknown>)]
      : [];

const pathOf = ({ name, webkitRelativePath }: BrowserFile): string => webkitRelativePath || name;

/** A file with the folders around it. */
interface Placed {
  readonly path: string;
  readonly file: BrowserFile;
  /** Names of its folders, without the one that contains all files. */
  readonly folders: readonly string[];
}

/** All files that are not hidden, sorted by path. */
function placed(files: readonly BrowserFile[]): readonly Placed[] {
  const paths = new Map(files.map((file) => [pathOf(file), file]));
  const parts = [...paths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, file]) => ({ path, file, folders: path.split('/').slice(0, -1) }))
    .filter(({ path }) => !path.split('/').some((name) => isClutter(name)));
  const outer = new Set(parts.map(({ folders }) => folders[0]));
  return outer.size === 1 && parts.some(({ folders }) => folders.length > 1)
    ? parts.map((one) => ({ ...one, folders: one.folders.slice(1) }))
    : parts;
}

/** What each outermost folder contains directly. */
function contentsOf(files: readonly Placed[]): ReadonlyMap<string, FolderContents> {
  const found = new Map<string, { folders: Set<string>; files: number }>();
  for (const { folders } of files) {
    const [name, inside] = folders;
    if (name === undefined) continue;
    const one = found.get(name) ?? { folders: new Set<string>(), files: 0 };
    if (inside === undefined) one.files++;
    else one.folders.add(inside);
    found.set(name, one);
  }
  return new Map([...found].map(([name, one]) => [name, { folders: [...one.folders], files: one.files }]));
}

/** Opens the files of a folder chosen in a browser, with one folder per class; folders named `train`, `val` and `test` contain those of the classes. */
export const fileListSource: DatasetSource = {
  name: 'fileList',
  opens: 'a list of File objects with one folder per class (webkitRelativePath, or names such as "cat/1.jpg")',
  accepts: (location) => {
    const files = listOf(location);
    return files.length > 0 && files.every(isFile);
  },
  async open(location, options) {
    const { noun, leastClasses = 2, unlabelled = false } = options;
    const files = placed(listOf(location) as readonly BrowserFile[]);
    const byPath = new Map(files.map(({ path, file }) => [path, file]));
    const contents = contentsOf(files);
    const split = unlabelled ? undefined : splitFolders(contents);
    if (!split && !unlabelled) expectClasses('the files', contents, noun);
    const list: SourceExample[] = [];
    const ignored: string[] = [];
    for (const { path, file, folders } of files) {
      const [outer, inner] = folders;
      const label = unlabelled ? '' : split ? inner : outer;
      const part = outer === undefined ? undefined : split?.get(outer);
      if (label === undefined || !(await isExample(file, options))) ignored.push(path);
      else
        list.push({
          place: path,
          file: asExampleFile(path, file),
          fields: unlabelled ? {} : { label: label.normalize('NFC') },
          ...(part && { part }),
        });
    }
    const classes = unlabelled ? undefined : [...new Set(list.map(({ fields }) => String(fields['label'])))].sort();
    if (classes && classes.length < leastClasses)
      throw new Error(
        `The files contain ${noun} of ${classes.length ? `one class ("${classes[0]}")` : 'no class'}, but two or more are needed. Choose a folder with one folder of ${noun} per class.`,
      );
    if (classes)
      expectTrained(
        'the files',
        list.map(({ fields, part }) => ({ name: String(fields['label']), part })),
        noun,
      );
    return {
      root: '',
      list,
      ...(classes && { classes }),
      ignored,
      file(path) {
        const found = byPath.get(path);
        if (!found) throw new Error(`There is no file "${path}" among the chosen files.`);
        return asExampleFile(path, found);
      },
    };
  },
};

async function isExample(file: BrowserFile, { extensions, recognises }: SourceOptions): Promise<boolean> {
  const name = pathOf(file).split('/').at(-1)!.toLowerCase();
  if (extensions.some((extension) => name.endsWith(extension))) return true;
  if (!recognises || name.includes('.')) return false;
  const head = file.slice ? file.slice(0, 32) : file;
  return recognises(new Uint8Array(await head.arrayBuffer()).subarray(0, 32));
}

const asExampleFile = (name: string, file: BrowserFile): ExampleFile => ({
  name,
  bytes: async () => new Uint8Array(await file.arrayBuffer()),
});
