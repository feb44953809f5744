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

/** Serialises named arrays as a safetensors file, in the given order. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype: names[dtype], shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
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
 * Reads the arrays and metadata of a safetensors file.
 * @throws if the bytes are not a valid safetensors file
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  file = 'the file',
): { tensors: Map<string, HostArray>; metadata: Record<string, string> } {
  const broken = (why: string): Error =>
    new Error(`Not a valid safetensors file: ${file} ${why}. Use an undamaged copy.`);
  if (bytes.length < 8) throw broken(`has ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > maximumHeader || 8 + length > bytes.length)
    throw broken(`says its header has ${length} bytes, but is ${bytes.length} bytes long`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw broken('has a header that is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw broken('has a header that is not an object');
  const data = bytes.subarray(8 + length);
  const tensors = new Map<string, HostArray>();
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__')
      metadata = Object.fromEntries(Object.entries(entry as object).map(([key, value]) => [key, String(value)]));
    else tensors.set(name, decodeEntry(name, entry, data, broken));
  }
  return { tensors, metadata };
}

function decodeEntry(name: string, entry: unknown, data: Uint8Array, broken: (why: string) => Error): HostArray {
  const {
    dtype: label,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = dtypeOf.get(label as string);
  if (!dtype) throw broken(`gives tensor "${name}" the unknown dtype ${JSON.stringify(label)}`);
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isWhole))
    throw broken(`gives tensor "${name}" the shape ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isWhole))
    throw broken(`gives tensor "${name}" no offsets`);
  const [begin, end] = offsets as [number, number];
  const size = sizeOf(shape as Shape);
  if (end - begin !== size * bytesOf(dtype) || end > data.length)
    throw broken(`gives tensor "${name}" of ${size} ${dtype} the bytes ${begin} to ${end} of ${data.length}`);
  // Copied, because offsets in a file may be unaligned. `slice` of a Node Buffer would be a view of its pool.
  const own = new Uint8Array(data.subarray(begin, end));
  return {
    dtype,
    shape: shape as Shape,
    data: new (arrayOf(dtype) as new (buffer: ArrayBufferLike) => TypedArray)(own.buffer),
  };
}
