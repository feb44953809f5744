import { showJson } from '@graft/plugin';
import { bytesOf, type DType, type HostArray, type Shape, sizeOf, arrayOf, type TypedArray } from '@graft/tensor';

// The format of https://github.com/huggingface/safetensors: 8 bytes of header length, a JSON header, the tensors' bytes.
const names: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};
const dtypeOf = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));
/** The limit of the reference implementation. */
const maximumHeader = 100_000_000;
const metadataKey = '__metadata__';

/** Serialises named arrays as a safetensors file, in the given order. @throws if an array is named `__metadata__` */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: [name: string, value: unknown][] = Object.keys(metadata).length ? [[metadataKey, metadata]] : [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === metadataKey)
      throw new Error(`A safetensors file cannot hold a tensor named "${metadataKey}". Rename it.`);
    header.push([name, { dtype: names[dtype], shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  // Unlike an assignment, fromEntries makes an entry of every name, also of __proto__.
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + offset).fill(0x20, 8, start); // padded with spaces to align the data
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads the arrays and metadata of a safetensors file. As in the reference implementation, the tensors must cover the data exactly, without holes or
 * overlaps, and metadata are texts. Names that occur twice and booleans other than 0 and 1 are rejected too.
 * @throws if the bytes are not a valid safetensors file
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  file = 'the file',
): { tensors: Map<string, HostArray>; metadata: Record<string, string> } {
  const broken: Broken = (why) => new Error(`Not a valid safetensors file: ${file} ${why}. Use an undamaged copy.`);
  if (bytes.length < 8) throw broken(`has ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > maximumHeader || 8 + length > bytes.length)
    throw broken(`says its header has ${length} bytes, but is ${bytes.length} bytes long`);
  const header = decodeHeader(bytes.subarray(8, 8 + length), broken);
  const data = bytes.subarray(8 + length);
  const { [metadataKey]: metadata, ...entries } = header;
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, data.length, broken));
  let end = 0;
  for (const { name, begin, end: next } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== end)
      throw broken(`puts tensor ${showJson(name)} at byte ${begin} of its data, where byte ${end} is next`);
    end = next;
  }
  if (end !== data.length) throw broken(`has ${data.length} bytes of data, but its tensors have ${end}`);
  return {
    tensors: new Map(places.map((place) => [place.name, valuesOf(place, data, broken)])),
    metadata: metadataOf(metadata, broken),
  };
}

type Broken = (why: string) => Error;

function decodeHeader(bytes: Uint8Array, broken: Broken): Record<string, unknown> {
  if (bytes[0] !== 0x7b) throw broken('has a header that does not begin with {');
  let text: string;
  let header: Record<string, unknown>;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw broken('has a header that is not JSON');
  }
  // JSON.parse keeps the last of several entries of one name, and reads 1e1 as an integer.
  const written = scanned(text);
  if (written.fraction !== undefined)
    throw broken(`has the number ${written.fraction} in its header, which is not a non-negative integer`);
  if (written.keys !== countKeys(header)) throw broken('has a header in which a name occurs twice');
  return header;
}

/** The number of keys in a JSON text, and the first number that is not written as a non-negative integer. */
function scanned(json: string): { readonly keys: number; readonly fraction: string | undefined } {
  let keys = 0;
  let fraction: string | undefined;
  for (let i = 0; i < json.length; i++) {
    const character = json[i]!;
    if (character === ':') keys++; // outside of texts, every colon follows a key
    else if (character === '"') for (i++; json[i] !== '"'; i++) i += Number(json[i] === '\\');
    else if (/[-\d]/.test(character)) {
      const from = i;
      while (/[-+.\deE]/.test(json[i + 1] ?? '')) i++;
      const number = json.slice(from, i + 1);
      if (!/^\d+$/.test(number)) fraction ??= number.slice(0, 40);
    }
  }
  return { keys, fraction };
}

/** The number of entries of an object and of all objects in it. */
function countKeys(value: unknown): number {
  let count = 0;
  const stack = [value];
  while (stack.length) {
    const top = stack.pop();
    if (typeof top !== 'object' || top === null) continue;
    const values: unknown[] = Object.values(top);
    if (!Array.isArray(top)) count += values.length;
    for (const one of values) stack.push(one);
  }
  return count;
}

function metadataOf(metadata: unknown, broken: Broken): Record<string, string> {
  if (metadata === undefined || metadata === null) return {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) throw broken('has metadata that are not an object');
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== 'string') throw broken(`has metadata ${showJson(key)} that are not a text`);
  return metadata as Record<string, string>;
}

/** Where a tensor lies in the data. */
interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** Maximum number of dimensions, as in NumPy: every op copies the shape. */
const mostDims = 64;

function placeOf(name: string, entry: unknown, bytes: number, broken: Broken): Place {
  const {
    dtype: label,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = dtypeOf.get(label as string);
  if (!dtype) throw broken(`gives tensor ${showJson(name)} the unknown dtype ${showJson(label)}`);
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (Array.isArray(shape) && shape.length > mostDims)
    throw broken(`gives tensor ${showJson(name)} ${shape.length} dimensions, but at most ${mostDims} are supported`);
  if (!Array.isArray(shape) || !shape.every(isWhole) || !Number.isSafeInteger(sizeOf(shape)))
    throw broken(`gives tensor ${showJson(name)} the shape ${showJson(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isWhole))
    throw broken(`gives tensor ${showJson(name)} no offsets`);
  const [begin, end] = offsets as [number, number];
  const size = sizeOf(shape as Shape);
  if (end - begin !== size * bytesOf(dtype) || end > bytes)
    throw broken(`gives tensor ${showJson(name)} of ${size} ${dtype} the bytes ${begin} to ${end} of ${bytes}`);
  return { name, dtype, shape: shape as Shape, begin, end };
}

function valuesOf({ name, dtype, shape, begin, end }: Place, data: Uint8Array, broken: Broken): HostArray {
  // Copied, because offsets in a file may be unaligned. `slice` of a Node Buffer would be a view of its pool.
  const own = new Uint8Array(data.subarray(begin, end));
  const wrong = dtype === 'bool' ? own.find((byte) => byte > 1) : undefined;
  if (wrong !== undefined) throw broken(`has the value ${wrong} in tensor ${showJson(name)} of booleans`);
  return {
    dtype,
    shape,
    data: new (arrayOf(dtype) as new (buffer: ArrayBufferLike) => TypedArray)(own.buffer),
  };
}
