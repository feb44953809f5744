import { arrayOf, bytesOf, type DType, type HostArray, sizeOf, toArray, type TypedArray, zerosOf } from '@graft/tensor';
import { dataTypeName, dtypeOf } from './data-types.ts';
import type { ExternalData } from './external-data.ts';
import { holding, type SmallType, smallTypeOf, unpacked } from './small-types.ts';
import { type TensorProto, toBigInt, toInteger, toText } from './schema.ts';

/** Fields that hold values instead of `raw_data`, by dtype. 16-bit floats and small integers are stored as int32. */
const lists: Readonly<Record<DType, 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data'>> = {
  float32: 'floatData',
  float64: 'doubleData',
  int64: 'int64Data',
  uint64: 'uint64Data',
  uint32: 'uint64Data',
  int32: 'int32Data',
  int16: 'int32Data',
  int8: 'int32Data',
  uint16: 'int32Data',
  uint8: 'int32Data',
  bool: 'int32Data',
  float16: 'int32Data',
  bfloat16: 'int32Data',
};

/**
 * Reads a tensor of the file as host values. Nothing is allocated before shape and length agree.
 * @param place the tensor's name in messages, such as `Tensor "w"`
 */
export function readTensor(proto: TensorProto, place: string, external: ExternalData): HostArray {
  const small = smallTypeOf(proto.dataType ?? 0);
  if (small) return readSmall(proto, small, place, external);
  const dtype = dtypeOf(proto.dataType ?? 0);
  if (!proto.dataType) throw new Error(`${place} does not specify its data type. The file is damaged.`);
  if (!dtype) throw new Error(`${place} holds ${dataTypeName(proto.dataType ?? 0)} values, which are not supported.`);
  const shape = shapeOf(proto, place);
  const size = sizeOf(shape);
  const raw = proto.dataLocation === 1 ? external.read(proto.externalData ?? [], place) : proto.rawData;
  if (raw && (raw.length > 0 || size === 0)) {
    if (raw.length !== size * bytesOf(dtype))
      throw new Error(
        `${place} of shape [${shape.join(', ')}] and dtype ${dtype} needs ${size * bytesOf(dtype)} bytes, but the file has ${raw.length}. The file is damaged.`,
      );
    return { shape, dtype, data: typedView(raw, dtype) };
  }
  const values = (proto[lists[dtype]] ?? []) as unknown[];
  if (values.length !== size)
    throw new Error(
      `${place} of shape [${shape.join(', ')}] needs ${size} values, but the file has ${values.length}. The file is damaged.`,
    );
  return { shape, dtype, data: fromList(values, dtype) };
}

/** Reads values of 4 or 8 bits, in the dtype that holds them. */
function readSmall(proto: TensorProto, type: SmallType, place: string, external: ExternalData): HostArray {
  const shape = shapeOf(proto, place);
  const size = sizeOf(shape);
  const raw =
    proto.dataLocation === 1
      ? external.read(proto.externalData ?? [], place)
      : proto.rawData?.length
        ? proto.rawData
        : Uint8Array.from(proto.int32Data ?? []);
  const wanted = Math.ceil((size * type.bits) / 8);
  if (raw.length !== wanted)
    throw new Error(
      `${place} of shape [${shape.join(', ')}] and type ${type.name} needs ${wanted} bytes, but the file has ${raw.length}. The file is damaged.`,
    );
  return { shape, dtype: type.dtype, data: holding(toArray(unpacked(raw, size, type), type.dtype), type) };
}

/** Whether a tensor holds texts, which {@link readTensor} rejects. */
export const isTexts = ({ dataType }: TensorProto): boolean => dataType === 8;

/** Reads the texts of a tensor and its shape. */
export function readTexts(proto: TensorProto, place: string): [texts: string[], shape: number[]] {
  const shape = shapeOf(proto, place);
  const texts = (proto.stringData ?? []).map(toText);
  if (texts.length !== sizeOf(shape))
    throw new Error(
      `${place} of shape [${shape.join(', ')}] needs ${sizeOf(shape)} texts, but the file has ${texts.length}. The file is damaged.`,
    );
  return [texts, shape];
}

/** Maximum number of dimensions, as in NumPy: every op copies the shape. */
export const mostDims = 64;

function shapeOf({ dims }: TensorProto, place: string): number[] {
  const shape = (dims ?? []).slice(0, mostDims + 1).map(toBigInt);
  const size = shape.reduce((product, dim) => product * dim, 1n);
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  if (shape.length > mostDims)
    throw new Error(
      `${place} has ${dims!.length} dimensions, but at most ${mostDims} are supported. The file is damaged.`,
    );
  if (shape.some((dim) => dim < 0n || dim > limit) || size > limit)
    throw new Error(`${place} has the impossible shape [${shape.join(', ')}]. The file is damaged.`);
  return shape.map(Number);
}

/** Converts little-endian bytes to elements; copies unaligned ones. */
function typedView(bytes: Uint8Array, dtype: DType): TypedArray {
  const Class = arrayOf(dtype) as unknown as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TypedArray;
  const own = bytes.byteOffset % bytesOf(dtype) === 0 ? bytes : Uint8Array.from(bytes);
  return new Class(own.buffer, own.byteOffset, own.length / bytesOf(dtype));
}

function fromList(values: unknown[], dtype: DType): TypedArray {
  if (dtype === 'int64' || dtype === 'uint64')
    return toArray(
      values.map((value) => (dtype === 'uint64' ? BigInt.asUintN(64, toBigInt(value)) : toBigInt(value))),
      dtype,
    );
  const out = zerosOf(dtype, values.length);
  // float16 and bfloat16 are stored as bits, as in tensors.
  for (let i = 0; i < values.length; i++) out[i] = dtype === 'uint32' ? toInteger(values[i]) : (values[i] as number);
  return out;
}
