import type { ExampleFile } from './examples.ts';

/** The members of a browser's `Blob` or `File` that are used here. */
export interface BlobLike {
  readonly name?: string;
  readonly size?: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * The file that a value is or holds: bytes, a Blob or File, or an {@link ExampleFile}; undefined for anything else.
 * @param name the name of a file without one, for messages: `the image`
 */
export function exampleFileOf(value: unknown, name: string): ExampleFile | undefined {
  if (value instanceof Uint8Array) return { name, bytes: async () => value };
  if (value instanceof ArrayBuffer) return { name, bytes: async () => new Uint8Array(value) };
  if (typeof value !== 'object' || value === null) return undefined;
  // A Blob may have bytes(), too, but no name.
  if ('arrayBuffer' in value) {
    const blob = value as BlobLike;
    const named = blob.name ?? name;
    return {
      name: named,
      async bytes(maxBytes) {
        expectAtMost(maxBytes, blob.size ?? 0, named);
        return new Uint8Array(await blob.arrayBuffer());
      },
    };
  }
  return 'bytes' in value ? (value as ExampleFile) : undefined;
}

/** @throws an error that names the file, if its size is above the limit */
export function expectAtMost(maxBytes: number | undefined, size: number, name: string): void {
  if (maxBytes !== undefined && size > maxBytes)
    throw new Error(`"${name}" has ${size} bytes, and at most ${maxBytes} are supported. Split or shorten the file.`);
}
