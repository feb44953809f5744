import { join } from 'node:path';
import {
  type DataPart,
  imageExtensions,
  type Labelled,
  type LabelledDataset,
  SampleError,
  type SourceOptions,
} from '../index.ts';
import { expectClasses, expectTrained, type FolderContents, splitFolders } from '../split-folders.ts';
import { type Entry, type EntryOptions, entriesOf } from './folder-entries.ts';
import { type FoundFile, isExample, isRun, matchingFiles } from './matching-files.ts';
import { withoutRepeats } from './without-repeats.ts';

/** Images on disk, with one folder per class. A sample's input is the path of its file. */
export interface ImageFolder extends LabelledDataset<Labelled<string>> {
  readonly root: string;
  /** The part of each sample, if the folder is divided into parts such as `train`, `val` and `test`. */
  readonly parts?: readonly DataPart[];
  /** What was ignored, relative to the root: files that are not images, and files outside class folders. Hidden files are not listed. */
  readonly ignored: readonly string[];
  /** Class folders without an image, relative to the root. */
  readonly empty: readonly string[];
  /** Sentences about files that several links lead to. */
  readonly warnings: readonly string[];
}

/** Which files are images; default those with the extensions that `@graft/augment` decodes. */
export type ImageFolderOptions = Partial<SourceOptions>;

/** A class of a part, with its files. */
export interface ClassFiles {
  readonly name: string;
  readonly part: DataPart | undefined;
  readonly files: readonly FoundFile[];
}

/**
 * Lists a folder with one folder of images per class, without reading images. Folders named `train`, `val`, `test` or the like are parts that contain the class folders. Images may be in subfolders of their
 * class. Classes and files are sorted by name (by code unit, which is the same on all systems). An image that is a broken link or, by default, a link out of the folder, is a sample that cannot be read: loaders list it
 * with the reason. A file that several links in a class lead to is one sample. The folders of operating systems and of finished runs are skipped.
 * @throws if there are fewer than two classes with images, a class is missing in the training part, or a folder links out of the folder
 */
export async function imageFolder(
  root: string,
  { extensions = imageExtensions, noun = 'images', recognises, leastClasses = 2, followLinks }: ImageFolderOptions = {},
): Promise<ImageFolder> {
  const options: SourceOptions = { extensions, noun, followLinks, ...(recognises && { recognises }) };
  const hint = `Pass a folder with one folder of ${noun} per class.`;
  const ignored: string[] = [];
  const empty: string[] = [];
  const listing = { followLinks, hint };
  const top = await foldersOf(root, root, listing);
  ignored.push(...top.files.map(({ name }) => name));
  const split = splitFolders(top.folders);
  const classes: ClassFiles[] = [];
  const readClasses = async (place: string, folders: readonly string[], part?: DataPart): Promise<void> => {
    for (const name of folders) {
      const { files, others } = await matchingFiles(root, join(root, place, name), options, { hint });
      ignored.push(...others);
      if (!files.length) empty.push(join(place, name));
      classes.push({ name: name.normalize('NFC'), part, files });
    }
  };
  if (split)
    for (const [name, part] of split) {
      const { folders, files } = await foldersOf(root, join(root, name), listing);
      ignored.push(...files.map((file) => join(name, file.name)));
      await readClasses(name, [...folders.keys()], part);
    }
  else {
    if (top.folders.size >= 2) expectClasses(root, top.folders, noun);
    await readClasses('', [...top.folders.keys()]);
  }
  const names = [...new Set(classes.filter(({ files }) => files.length).map(({ name }) => name))].sort();
  if (names.length < leastClasses) {
    const images = await countOf(top.files, (entry) => isExample(entry, join(root, entry.name), options));
    throw new Error(
      `"${root}" must contain one folder of ${noun} per class${leastClasses === 1 ? '' : ', at least two'}, such as ${join(root, 'cat', `1${extensions[0]}`)} and ${join(root, 'dog', `1${extensions[0]}`)}; it contains ${found([...top.folders.keys()], empty, images, top.files.length - images, options)}.`,
    );
  }
  expectTrained(
    root,
    classes.filter(({ files }) => files.length > 0),
    noun,
  );
  const { kept, warnings } = withoutRepeats(root, classes);
  return folderDataset(root, names, kept, { ignored, empty, warnings, noun, divided: split !== undefined });
}

/** The folders in a folder that are not finished runs, with what they contain, and everything else. */
async function foldersOf(
  root: string,
  place: string,
  listing: EntryOptions,
): Promise<{ readonly folders: ReadonlyMap<string, FolderContents>; readonly files: readonly Entry[] }> {
  const entries = await entriesOf(root, place, listing);
  const out = entries.find(({ outside }) => outside);
  if (out) throw new Error(out.reason);
  const folders = new Map<string, FolderContents>();
  for (const { name, kind } of entries) {
    if (kind !== 'folder') continue;
    const inside = await entriesOf(root, join(place, name), listing);
    if (isRun(inside)) continue;
    const within = inside.filter((entry) => entry.kind === 'folder').map((entry) => entry.name);
    folders.set(name, { folders: within, files: inside.length - within.length });
  }
  return { folders, files: entries.filter(({ kind }) => kind !== 'folder') };
}

async function countOf<T>(list: readonly T[], fits: (one: T) => Promise<boolean>): Promise<number> {
  return (await Promise.all(list.map(fits))).filter(Boolean).length;
}

function folderDataset(
  root: string,
  names: readonly string[],
  classes: readonly ClassFiles[],
  {
    ignored,
    empty,
    warnings,
    noun,
    divided,
  }: {
    readonly ignored: readonly string[];
    readonly empty: readonly string[];
    readonly warnings: readonly string[];
    readonly noun: string;
    readonly divided: boolean;
  },
): ImageFolder {
  const numbers = new Map(names.map((name, label) => [name, label]));
  const listed = classes.flatMap(({ name, part, files }) =>
    files.map((file) => ({ ...file, label: numbers.get(name)!, part })),
  );
  return {
    root,
    classes: names,
    labels: Int32Array.from(listed, ({ label }) => label),
    ...(divided && { parts: listed.map(({ part }) => part!) }),
    ignored,
    empty,
    warnings,
    length: listed.length,
    get(index) {
      const one = listed[index];
      if (one === undefined)
        throw new Error(
          `There is no sample ${index} in "${root}", which has ${listed.length} ${noun}; indices start at 0.`,
        );
      const { path, label, reason } = one;
      if (reason !== undefined) throw new SampleError(reason, { path });
      return { input: path, label, path };
    },
  };
}

function found(
  folders: readonly string[],
  empty: readonly string[],
  images: number,
  others: number,
  { noun, extensions }: SourceOptions,
): string {
  const without = empty.length ? `${listed(empty)} without ${noun} (${extensions.join(' ')})` : undefined;
  const filled = folders.filter((name) => !empty.includes(name));
  const parts = [
    filled.length ? `one folder ("${filled[0]}")` : folders.length ? undefined : 'no folders',
    without && `${empty.length === 1 ? 'the folder' : 'the folders'} ${without}`,
    images ? `${images} ${images === 1 ? noun.replace(/s$/, '') : noun} outside class folders` : undefined,
    others ? `${others} other file${others === 1 ? '' : 's'}` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]!;
}

const listed = (names: readonly string[]): string =>
  `${names
    .slice(0, 5)
    .map((name) => `"${name}"`)
    .join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
