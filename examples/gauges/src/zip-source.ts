import { type BlobLike, type DatasetSource, exampleFileOf, fileOpener, type SourceExample } from '@graft/data';
import { zipEntries } from './zip-entries.ts';

const isBlob = (value: unknown): value is BlobLike & { readonly type: string } =>
  typeof value === 'object' && value !== null && 'arrayBuffer' in value && 'type' in value;
const isZipName = (name: unknown): boolean => typeof name === 'string' && /\.zip$/i.test(name);

/** The first bytes of every zip archive that is not empty. */
const magic = [0x50, 0x4b, 0x03, 0x04];
const isArchive = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && magic.every((byte, i) => value[i] === byte);

/** Opens zip archives with one folder per class, from a path, a URL, bytes or a File. */
export const zipSource: DatasetSource = {
  name: 'zip',
  opens: 'a zip archive with one folder per class',
  accepts: (location) =>
    isZipName(location) ||
    isArchive(location) ||
    (isBlob(location) && (isZipName(location.name) || location.type === 'application/zip')),
  async open(location, { extensions, noun }, context) {
    const file =
      typeof location === 'string' ? context.use(fileOpener)(location) : exampleFileOf(location, 'the archive')!;
    const [root, archive] = [file.name, await file.bytes()];
    const list: SourceExample[] = [];
    const ignored: string[] = [];
    for (const { name, bytes } of entriesOf(root, archive)) {
      const [label, ...path] = name.split('/').slice(-2);
      const isExample = extensions.some((ending) => name.toLowerCase().endsWith(ending));
      // Entries are never written to disk, so "../" does no harm, but such paths and hidden ones are not examples.
      const isOdd = name.split('/').some((part) => part === '' || part.startsWith('.') || part === '__MACOSX');
      if (!isExample || isOdd || !path.length) {
        ignored.push(name);
        continue;
      }
      const place = `${root}/${name}`;
      const read = async (): Promise<Uint8Array> => {
        try {
          return bytes();
        } catch (error) {
          throw new Error(`"${place}" ${(error as Error).message}`, { cause: error });
        }
      };
      list.push({ place, file: { name: place, bytes: read }, fields: { label: label! } });
    }
    const classes = [...new Set(list.map(({ fields }) => String(fields['label'])))].sort();
    if (classes.length < 2)
      throw new Error(
        `"${root}" contains ${noun} of ${classes.length ? `one class ("${classes[0]}")` : 'no class'}, but two or more are needed. Pack one folder of ${noun} (${extensions.join(', ')}) per class.`,
      );
    return {
      root,
      list: list.toSorted((a, b) => (a.place < b.place ? -1 : 1)),
      classes,
      ignored,
      file(path) {
        throw new Error(`A zip archive has no table that could refer to the file "${path}". Use one folder per class.`);
      },
    };
  },
};

function entriesOf(root: string, archive: Uint8Array): ReturnType<typeof zipEntries> {
  try {
    return zipEntries(archive);
  } catch (error) {
    throw new Error(`"${root}" ${(error as Error).message}`, { cause: error });
  }
}
