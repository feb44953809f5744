import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

/** An array from an IDX file, the format of MNIST and similar datasets. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

export interface IdxOptions {
  /** The most bytes after decompression; default 768 MiB. */
  readonly maxBytes?: number;
}

const kinds = {
  0x08: Uint8Array,
  0x09: Int8Array,
  0x0b: Int16Array,
  0x0c: Int32Array,
  0x0d: Float32Array,
  0x0e: Float64Array,
} as const;

/** Sizes of so many dimensions have a finite product. */
const mostDimensions = 16;

/**
 * Reads an IDX file, gzipped or not, the format of MNIST (LeCun et al. 1998). It is decompressed only as far as its header says.
 * @throws if the file has another format, is truncated or longer than its header says, or decompresses to more than `maxBytes`
 */
export async function readIdx(path: string, { maxBytes = 0.75 * 2 ** 30 }: IdxOptions = {}): Promise<IdxArray> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Error(`"${path}" cannot be read as IDX: ${why}. Download it again, or use another file.`, { cause });
  };
  const found = await stat(path).catch((error: NodeJS.ErrnoException) =>
    refuse(error.code === 'ENOENT' ? 'it does not exist' : `it cannot be read (${error.code})`, error),
  );
  if (!found.isFile()) return refuse('it is not a file');
  const chunks = contentOf(path, (error) =>
    refuse(
      error.code?.startsWith('Z_')
        ? `it cannot be decompressed (${error.message})`
        : `it cannot be read (${error.code})`,
      error,
    ),
  );
  const header = new Uint8Array(4 + 4 * 255);
  let at = 0; // bytes of the header, and of the data after it
  let result:
    | { readonly start: number; readonly shape: readonly number[]; readonly data: IdxArray['data'] }
    | undefined;
  const open = (): void => {
    const view = new DataView(header.buffer);
    if (at < 4 || result) return;
    const Kind = view.getUint16(0) === 0 ? kinds[header[2] as keyof typeof kinds] : undefined;
    if (!Kind) return refuse('it does not start with an IDX header');
    if (header[3]! > mostDimensions)
      return refuse(`it has ${header[3]!} dimensions, and at most ${mostDimensions} are supported`);
    const start = 4 + 4 * header[3]!;
    if (at < start) return;
    const shape = Array.from({ length: header[3]! }, (_, axis) => view.getUint32(4 + 4 * axis));
    const bytes = shape.reduce((product, size) => product * size, Kind.BYTES_PER_ELEMENT);
    if (bytes > maxBytes)
      refuse(`its header specifies ${bytes} bytes for [${listed(shape)}], and at most ${maxBytes} are supported`);
    result = { start, shape, data: new Kind(bytes / Kind.BYTES_PER_ELEMENT) };
  };
  const longer = (): never =>
    refuse(`its header specifies ${result!.data.byteLength} bytes for [${listed(result!.shape)}], but more follow`);
  for await (let chunk of chunks) {
    for (; !result && chunk.length; open()) {
      const wanted = at < 4 ? 4 - at : 4 + 4 * header[3]! - at;
      const part = chunk.subarray(0, wanted);
      header.set(part, at);
      at += part.length;
      chunk = chunk.subarray(part.length);
    }
    if (!result || !chunk.length) continue;
    const { data, start } = result;
    if (at - start + chunk.length > data.byteLength) longer();
    new Uint8Array(data.buffer).set(chunk, at - start);
    at += chunk.length;
  }
  if (!result) return refuse(at < 4 ? 'it does not start with an IDX header' : 'it ends inside its header');
  const { shape, data, start } = result;
  if (at - start !== data.byteLength)
    refuse(`its header specifies ${data.byteLength} bytes for [${listed(shape)}], but ${at - start} follow`);
  toHostOrder(data);
  return { shape, data };
}

/** The bytes of a file, decompressed if it starts like gzip. */
async function* contentOf(
  path: string,
  failed: (error: NodeJS.ErrnoException) => never,
): AsyncGenerator<Uint8Array, void, undefined> {
  const isPacked = await startsLikeGzip(path).catch(failed);
  const file = createReadStream(path);
  const unpacked = isPacked ? createGunzip() : undefined;
  if (unpacked) file.on('error', (error) => unpacked.destroy(error)).pipe(unpacked);
  const stream = (unpacked ?? file)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  try {
    for (;;) {
      const { done, value } = await stream.next().catch(failed);
      if (done) return;
      yield value;
    }
  } finally {
    file.destroy();
    unpacked?.destroy();
  }
}

async function startsLikeGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 })) {
    const [first, second] = chunk as Uint8Array;
    return first === 0x1f && second === 0x8b;
  }
  return false;
}

/** Swaps the bytes of each number in place: the file is big-endian, and typed arrays have the order of the machine. */
function toHostOrder({ buffer, BYTES_PER_ELEMENT: width }: IdxArray['data']): void {
  if (width === 1 || new Uint8Array(Uint16Array.of(1).buffer)[0] === 0) return;
  const bytes = Buffer.from(buffer);
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else bytes.swap64();
}

/** Sizes in a message; a header has up to 255. */
const listed = (shape: readonly number[]): string => `${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}`;
