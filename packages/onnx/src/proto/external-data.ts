/** Where a model's external files are found: bytes by their path in the model's folder. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array> | Readonly<Record<string, Uint8Array>> | ((path: string) => Uint8Array | undefined);

/** Reads the values of tensors that lie outside the model's file. */
export interface ExternalData {
  read(entries: readonly { key?: string | null; value?: string | null }[], place: string): Uint8Array;
}

/**
 * Finds external values in given files.
 * @throws at reading, where a path leads out of the model's folder, a file is missing, or a range lies outside it
 */
export function externalData(files: ExternalFiles | undefined): ExternalData {
  const find = (path: string): Uint8Array | undefined =>
    files === undefined ? undefined : typeof files === 'function' ? files(path) : files instanceof Map ? files.get(path) : Object.hasOwn(files, path) ? (files as Record<string, Uint8Array>)[path] : undefined;
  return {
    read(entries, place) {
      const given = new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
      const path = safePath(given.get('location') ?? '', place);
      const bytes = find(path);
      if (!bytes) throw new Error(`${place} keeps its values in "${path}", which was not given. Pass externalData: { '${path}': bytes }, or read the model from its folder with readOnnx().`);
      const offset = wholeNumber(given.get('offset') ?? '0', place);
      const length = given.has('length') ? wholeNumber(given.get('length')!, place) : bytes.length - offset;
      if (length < 0 || offset + length > bytes.length)
        throw new Error(`${place} wants bytes ${offset} to ${offset + length} of "${path}", which has ${bytes.length}. The file is not the one this model was saved with.`);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/**
 * A location as a path inside the model's folder, with `/`.
 * @throws where it is absolute or leads out: a file from a stranger must not name others of yours
 */
export function safePath(location: string, place: string): string {
  const parts = location.replaceAll('\\', '/').split('/').filter((part) => part !== '.');
  if (!location || /^([\\/]|[a-z]:)/i.test(location) || parts.includes('..') || location.includes('\0'))
    throw new Error(`${place} names ${JSON.stringify(location)} as the file of its values, which is not inside the model's folder. Do not trust this model.`);
  return parts.join('/');
}

function wholeNumber(text: string, place: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Error(`${place} has ${JSON.stringify(text)} as an offset or length of its external values.`);
  return value;
}
