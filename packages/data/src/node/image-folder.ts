import { join } from 'node:path';
import { type Labelled, type LabelledDataset, SampleError } from '../index.ts';
import { type Entry, entriesOf, hasEnding, imageExtensions } from './folder-entries.ts';

/** Images on disk, with one folder per class. A sample's input is the path of its file. */
export interface ImageFolder extends LabelledDataset<Labelled<string>> {
  readonly root: string;
  /** What was ignored, relative to the root: files that are not images, folders inside class folders, and broken links next to them. Hidden files are not listed. */
  readonly ignored: readonly string[];
}

export interface ImageFolderOptions {
  /** File extensions of images, in lower case; default those that `@graft/augment` decodes. */
  readonly extensions?: readonly string[];
  /** What messages call the files; default `images`. */
  readonly noun?: string;
}

/**
 * Lists a folder with one folder of images per class, without reading images. Classes and files are sorted by name (by code unit, which is the same
 * on all systems). An image that is a broken link, or a link out of the folder, is a sample that cannot be read: loaders list it
 * with the reason.
 * @throws if there are fewer than two classes, a class has no images, or a class folder links out of the folder
 */
export async function imageFolder(
  root: string,
  { extensions = imageExtensions, noun = 'images' }: ImageFolderOptions = {},
): Promise<ImageFolder> {
  const hint = `Pass a folder with one folder of ${noun} per class.`;
  const isImage = ({ name, kind }: Entry): boolean =>
    (kind === 'file' || kind === 'broken') && hasEnding(name, extensions);
  const top = await entriesOf(root, root, hint);
  const out = top.find(({ outside }) => outside);
  if (out) throw new Error(out.reason);
  const folders = top.filter((entry) => entry.kind === 'folder').map((entry) => entry.name);
  const ignored = top.filter((entry) => entry.kind !== 'folder').map((entry) => entry.name);
  if (folders.length < 2) {
    const images = top.filter(isImage).length;
    throw new Error(
      `"${root}" must contain one folder of ${noun} per class, at least two, such as ${join(root, 'cat', `1${extensions[0]}`)} and ${join(root, 'dog', `1${extensions[0]}`)}; it contains ${found(folders, images, ignored.length - images, noun)}.`,
    );
  }
  const files: string[][] = [];
  const nested: string[] = [];
  const unreadable = new Map<string, string>();
  for (const name of folders) {
    const entries = await entriesOf(root, join(root, name), hint);
    for (const entry of entries) {
      if (!isImage(entry)) ignored.push(join(name, entry.name));
      else if (entry.reason !== undefined) unreadable.set(join(root, name, entry.name), entry.reason);
    }
    if (entries.some(({ kind }) => kind === 'folder')) nested.push(name);
    files.push(entries.filter(isImage).map((entry) => entry.name));
  }
  const empty = folders.filter((_, label) => files[label]!.length === 0);
  if (empty.length) {
    const way = nested.includes(empty[0]!)
      ? `It contains folders: if they are the classes, use ${join(root, empty[0]!)} instead of ${root}.`
      : `Add ${noun} (${extensions.join(' ')}), or remove it.`;
    throw new Error(
      `The class folder${empty.length === 1 ? '' : 's'} ${listed(empty)} of "${root}" contain${empty.length === 1 ? 's' : ''} no ${noun}. ${way}`,
    );
  }
  return folderDataset(root, folders, files, ignored, unreadable, noun);
}

function folderDataset(
  root: string,
  classes: readonly string[],
  files: readonly (readonly string[])[],
  ignored: readonly string[],
  unreadable: ReadonlyMap<string, string>,
  noun: string,
): ImageFolder {
  const names = files.flat();
  const labels = Int32Array.from(files.flatMap((inClass, label) => inClass.map(() => label)));
  return {
    root,
    classes,
    labels,
    ignored,
    length: names.length,
    get(index) {
      const label = labels[index];
      if (label === undefined)
        throw new Error(
          `There is no sample ${index} in "${root}", which has ${names.length} ${noun}; indices start at 0.`,
        );
      const path = join(root, classes[label]!, names[index]!);
      const reason = unreadable.get(path);
      if (reason !== undefined) throw new SampleError(reason, { path });
      return { input: path, label, path };
    },
  };
}

function found(folders: readonly string[], images: number, others: number, noun: string): string {
  const parts = [
    folders.length ? `one folder ("${folders[0]}")` : 'no folders',
    ...(images ? [`${images} ${images === 1 ? noun.replace(/s$/, '') : noun} outside class folders`] : []),
    ...(others ? [`${others} other file${others === 1 ? '' : 's'}`] : []),
  ];
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]!;
}

const listed = (names: readonly string[]): string =>
  `${names
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
