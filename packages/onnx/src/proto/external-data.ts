/** A file of a model's folder, read in parts. */
export interface ExternalFile {
  /** Size in bytes. */
  readonly bytes: number;
  read(offset: number, length: number): Uint8Array;
}

/** A model's external files by path within the model's folder: their bytes, or a reader of parts. */
export type ExternalFiles =
  | ReadonlyMap<string, Uint8Array>
  | Readonly<Record<string, Uint8Array>>
  | ((path: string) => Uint8Array | undefined)
  | { readonly open: (path: string) => ExternalFile | undefined };

/** Reads the values of tensors outside the model's file. */
export interface ExternalData {
  /** Counts values that will be read, before any are. @throws if tensors need much more than the files have. Missing files are reported by `read` */
  reserve(entries: readonly { key?: string | null; value?: string | null }[], place: string): void;
  read(entries: readonly { key?: string | null; value?: string | null }[], place: string): Uint8Array;
}

/**
 * Reads external values from the given files.
 * @throws when reading, if a path is outside the model's folder, a file is missing, or a range is out of bounds
 */
export function externalData(files: ExternalFiles | undefined): ExternalData {
  const used = new Map<string, UsedRanges>();
  type Entries = Parameters<ExternalData['read']>[0];
  const given = (entries: Entries): Map<string, string> =>
    new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
  const pathIn = (entries: Entries, place: string): string => safePath(given(entries).get('location') ?? '', place);
  const rangeIn = (
    entries: Entries,
    place: string,
    { path, bytes }: { readonly path: string; readonly bytes: number },
  ): [offset: number, length: number] => {
    const values = given(entries);
    const offset = wholeNumber(values.get('offset') ?? '0', place);
    const length = values.has('length') ? wholeNumber(values.get('length')!, place) : bytes - offset;
    if (length < 0 || offset + length > bytes)
      throw new Error(
        `${place} needs bytes ${offset} to ${offset + length} of "${path}", which has ${bytes}. The file does not belong to this model.`,
      );
    if (!used.has(path)) used.set(path, new UsedRanges());
    const total = used.get(path)!.add(place, offset, length);
    if (total > mostUses * bytes)
      throw new Error(
        `${place} and other tensors need ${total} bytes of "${path}", which has ${bytes}: their values overlap. Do not trust this model.`,
      );
    return [offset, length];
  };
  return {
    reserve(entries, place) {
      const path = pathIn(entries, place);
      const file = files && openedIn(files, path);
      if (file) rangeIn(entries, place, { path, bytes: file.bytes });
    },
    read(entries, place) {
      const path = pathIn(entries, place);
      const file = files && openedIn(files, path);
      if (!file)
        throw new Error(
          `${place} stores its values in "${path}", which was not given. Pass externalData: { '${path}': bytes }, or read the model from its folder with readOnnx().`,
        );
      return file.read(...rangeIn(entries, place, { path, bytes: file.bytes }));
    },
  };
}

/** How often the bytes of a file may be used on average: a few tensors may share their values. */
const mostUses = 2;

/** The parts of a file that tensors use. */
class UsedRanges {
  readonly #ranges = new Set<string>();
  #bytes = 0;

  /** @returns the bytes that all tensors use; one that is read again is counted once */
  add(place: string, offset: number, length: number): number {
    const range = JSON.stringify([place, offset, length]);
    if (!this.#ranges.has(range)) this.#bytes += length;
    this.#ranges.add(range);
    return this.#bytes;
  }
}

function openedIn(files: ExternalFiles, path: string): ExternalFile | undefined {
  if ('open' in files && typeof files.open === 'function') return files.open(path);
  const held = files as Exclude<ExternalFiles, { readonly open: unknown }>;
  const bytes =
    typeof held === 'function'
      ? held(path)
      : held instanceof Map
        ? (held.get(path) as Uint8Array | undefined)
        : Object.hasOwn(held, path)
          ? (held as Record<string, Uint8Array>)[path]
          : undefined;
  return bytes && { bytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/**
 * Normalises a location to a path inside the model's folder, with `/`.
 * @throws if it is absolute or leads outside: an untrusted file must not refer to other files on this machine
 */
export function safePath(location: string, place: string): string {
  const parts = location
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '.');
  if (!location || /^([\\/]|[a-z]:)/i.test(location) || parts.includes('..') || location.includes('\0'))
    throw new Error(
      `${place} stores its values in ${JSON.stringify(location)}, which is not inside the model's folder. Do not trust this model.`,
    );
  return parts.join('/');
}

function wholeNumber(text: string, place: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new Error(`${place} has ${JSON.stringify(text)} as an offset or length of its external values.`);
  return value;
}
