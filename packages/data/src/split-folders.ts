import type { DataPart } from './examples.ts';

/** Names of folders that hold a part of the data, in lower case. */
const parts: Readonly<Record<string, DataPart>> = {
  train: 'training',
  training: 'training',
  trn: 'training',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  tst: 'test',
};

/** What a folder contains directly: its folders, and the number of its files. */
export interface FolderContents {
  readonly folders: readonly string[];
  readonly files: number;
}

/** The part that each folder of a data set holds, if it is divided into `train`, `val`, `test` or the like; undefined if the folders are classes. */
export function splitFolders(inside: ReadonlyMap<string, FolderContents>): ReadonlyMap<string, DataPart> | undefined {
  const found = new Map<string, DataPart>();
  let hasClasses = false;
  for (const [name, { folders }] of inside) {
    const part = Object.hasOwn(parts, name.toLowerCase()) ? parts[name.toLowerCase()] : undefined;
    if (!part) return undefined;
    found.set(name, part);
    hasClasses ||= part === 'training' && folders.length > 1;
  }
  return hasClasses && found.size > 1 ? found : undefined;
}

/**
 * Refuses folders that look like parts of a data set under other names: none has files of its own, and all have the same folders.
 * @param root the data's name in the message
 * @throws an error that names them
 */
export function expectClasses(root: string, inside: ReadonlyMap<string, FolderContents>, noun: string): void {
  const [first, ...others] = [...inside.values()];
  if (!first || !others.length || [first, ...others].some(({ files }) => files > 0)) return;
  const common = first.folders.filter((name) => others.every(({ folders }) => folders.includes(name)));
  if (common.length < 2) return;
  const names = [...inside.keys()];
  throw new Error(
    `The folders ${quoted(names)} of "${root}" all contain the folders ${quoted(common)}, so it is unclear which are the classes. If those are, use "${names[0]}" alone, or name the outer folders train, val and test; otherwise put the ${noun} of each class directly into its folder.`,
  );
}

/** Checks that every class of a divided data set has examples to train on. @param root the data's name in the message @throws an error that names one without */
export function expectTrained(
  root: string,
  examples: Iterable<{ readonly name: string; readonly part: DataPart | undefined }>,
  noun: string,
): void {
  const untrained = new Map<string, DataPart>();
  const trained = new Set<string>();
  for (const { name, part } of examples)
    if (part === undefined || part === 'training') trained.add(name);
    else untrained.set(name, part);
  for (const [name, part] of untrained)
    if (!trained.has(name))
      throw new Error(
        `The class "${name}" of "${root}" has ${part} ${noun}, but none for training. Add some, or remove the class.`,
      );
}

const quoted = (names: readonly string[]): string =>
  names
    .slice(0, 3)
    .map((name) => JSON.stringify(name))
    .join(', ') + (names.length > 3 ? ', …' : '');
