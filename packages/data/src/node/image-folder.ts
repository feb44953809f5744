import { type Dirent, realpathSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import { type DatasetSource, type Labelled, type LabelledDataset, listOption, readOptions, SampleError } from '../index.ts';

/** Images on disk, a folder a class. A sample's input is the path of its file. */
export interface ImageFolder extends LabelledDataset<Labelled<string>> {
  readonly root: string;
  /** What was left out, relative to the root: files that are no images, folders inside class folders, links beside the class folders that lead nowhere. Hidden files are not listed. */
  readonly ignored: readonly string[];
}

export interface ImageFolderOptions {
  /** File name endings that count as images, in lower case; those that `@graft/augment` decodes unless told. */
  readonly extensions?: readonly string[];
}

const imageExtensions = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif', '.tif', '.tiff'];

/**
 * Lists a folder of images that has one folder for each class. Classes and files are sorted by name, by code unit and so
 * the same everywhere; no image is read yet. A link in place of an image that leads nowhere or out of the folder is a sample that cannot
 * be read: a loader lists it with its reason.
 * @throws where there are fewer than two classes, a class has no images, or a class folder is a link that leads out
 */
export async function imageFolder(root: string, { extensions = imageExtensions }: ImageFolderOptions = {}): Promise<ImageFolder> {
  const hasEnding = (name: string): boolean => extensions.includes(extname(name).toLowerCase());
  const isImage = ({ name, kind }: Entry): boolean => (kind === 'file' || kind === 'broken') && hasEnding(name);
  const top = await entriesOf(root, root);
  const out = top.find(({ outside }) => outside);
  if (out) throw new Error(out.reason);
  const folders = top.filter((entry) => entry.kind === 'folder').map((entry) => entry.name);
  const ignored = top.filter((entry) => entry.kind !== 'folder').map((entry) => entry.name);
  if (folders.length < 2) {
    const images = top.filter(isImage).length;
    throw new Error(
      `"${root}" must hold a folder of images for each of two or more classes, such as ${join(root, 'cat', '1.jpg')} and ${join(root, 'dog', '1.jpg')}; it holds ${found(folders, images, ignored.length - images)}.`,
    );
  }
  const files: string[][] = [];
  const nested: string[] = [];
  const unreadable = new Map<string, string>();
  for (const name of folders) {
    const entries = await entriesOf(root, join(root, name));
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
      ? `It holds folders: if those are the classes, use ${join(root, empty[0]!)} instead of ${root}.`
      : `Put images into it (${extensions.join(' ')}), or remove it.`;
    throw new Error(`The class folder${empty.length === 1 ? '' : 's'} ${listed(empty)} of "${root}" hold${empty.length === 1 ? 's' : ''} no images. ${way}`);
  }
  return folderDataset(root, folders, files, ignored, unreadable);
}

/** {@link imageFolder}, for configurations. */
export const imageFolderSource: DatasetSource = {
  name: 'imageFolder',
  open: async (location, options = {}) => imageFolder(location, readOptions('imageFolder', options, { extensions: listOption(imageExtensions) })),
};

function folderDataset(root: string, classes: readonly string[], files: readonly (readonly string[])[], ignored: readonly string[], unreadable: ReadonlyMap<string, string>): ImageFolder {
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
      if (label === undefined) throw new Error(`There is no sample ${index} in "${root}", which holds ${names.length} images numbered from 0.`);
      const path = join(root, classes[label]!, names[index]!);
      const reason = unreadable.get(path);
      if (reason !== undefined) throw new SampleError(reason, { path });
      return { input: path, label, path };
    },
  };
}

interface Entry {
  readonly name: string;
  /** Pipes and devices are neither: reading one may never end. A broken one is a link that is not followed. */
  readonly kind: 'file' | 'folder' | 'other' | 'broken';
  /** Why a link is not followed. */
  readonly reason?: string;
  /** Whether it leads to a folder elsewhere. */
  readonly outside?: boolean;
}

/** What is in a folder, sorted, without hidden files. */
async function entriesOf(root: string, folder: string): Promise<Entry[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : `cannot be read (${code})`;
    throw new Error(`The image folder "${folder}" ${reason}. Give a folder that holds one folder of images for each class.`, { cause: error });
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => ({ name: entry.name, ...(entry.isSymbolicLink() ? linked(root, join(folder, entry.name)) : { kind: kindOf(entry) }) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const kindOf = (entry: Dirent | Stats): Entry['kind'] => (entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other');

/** What a link leads to; it must stay within the root, so that a data set never takes in files from elsewhere. */
function linked(root: string, link: string): Omit<Entry, 'name'> {
  let target: string;
  try {
    target = realpathSync(link);
  } catch (error) {
    const loop = (error as NodeJS.ErrnoException).code === 'ELOOP';
    return { kind: 'broken', reason: `"${link}" is a link that leads ${loop ? 'back to itself' : 'nowhere'}. Remove it.` };
  }
  const inside = relative(realpathSync(root), target);
  const found = statSync(target);
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return { kind: kindOf(found) };
  return { kind: 'broken', outside: found.isDirectory(), reason: `"${link}" is a link to "${target}", outside of "${root}". Copy the file in its place.` };
}

function found(folders: readonly string[], images: number, others: number): string {
  const parts = [
    folders.length ? `one folder ("${folders[0]}")` : 'no folders',
    ...(images ? [`${images} image${images === 1 ? '' : 's'} outside of class folders`] : []),
    ...(others ? [`${others} other file${others === 1 ? '' : 's'}`] : []),
  ];
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]!;
}

const listed = (names: readonly string[]): string => `${names.slice(0, 5).map((name) => `"${name}"`).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
