import { readRegularFile } from '@graft/storage/node';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** An array from an IDX file, the format of MNIST and similar datasets. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

export interface IdxOptions {
  /** The most bytes after decompression; default 1 GiB. */
  readonly maxBytes?: number;
}

const kinds: Readonly<
  Record<number, { readonly bytes: number; readonly read: (view: DataView, length: number) => IdxArray['data'] }>
> = {
  0x08: { bytes: 1, read: ({ buffer, byteOffset }, length) => new Uint8Array(buffer, byteOffset, length).slice() },
  0x09: { bytes: 1, read: ({ buffer, byteOffset }, length) => new Int8Array(buffer, byteOffset, length).slice() },
  0x0b: { bytes: 2, read: (view, length) => Int16Array.from({ length }, (_, i) => view.getInt16(2 * i)) },
  0x0c: { bytes: 4, read: (view, length) => Int32Array.from({ length }, (_, i) => view.getInt32(4 * i)) },
  0x0d: { bytes: 4, read: (view, length) => Float32Array.from({ length }, (_, i) => view.getFloat32(4 * i)) },
  0x0e: { bytes: 8, read: (view, length) => Float64Array.from({ length }, (_, i) => view.getFloat64(8 * i)) },
};

/**
 * Reads an IDX file, gzipped or not, the format of MNIST (LeCun et al. 1998).
 * @throws if the file has another format, is truncated, or decompresses to more than `maxBytes`
 */
export async function readIdx(path: string, { maxBytes = 2 ** 30 }: IdxOptions = {}): Promise<IdxArray> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(`"${path}" cannot be read as IDX: ${why}. Download it again, or use another file.`, { cause });
  };
  const file = await readRegularFile(path).catch((error: NodeJS.ErrnoException) =>
    refuse(error.code === 'ENOENT' ? 'it does not exist' : `it cannot be read (${error.code})`, error),
  );
  const packed = file[0] === 0x1f && file[1] === 0x8b;
  const bytes = packed
    ? await promisify(gunzip)(file, { maxOutputLength: maxBytes }).catch((error: Error) =>
        refuse(`it cannot be decompressed (${error.message})`, error),
      )
    : file;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = bytes.length >= 4 && view.getUint16(0) === 0 ? kinds[bytes[2]!] : undefined;
  if (!kind) return refuse('it does not start with an IDX header');
  const start = 4 + 4 * bytes[3]!;
  if (bytes.length < start) return refuse('it ends inside its header');
  const shape = Array.from({ length: bytes[3]! }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== start + length * kind.bytes)
    return refuse(
      `its header specifies ${length * kind.bytes} bytes for [${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}], but ${bytes.length - start} follow`,
    );
  return { shape, data: kind.read(new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start), length) };
}
