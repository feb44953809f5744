/** Element types. `float16` and `bfloat16` are stored as 16 bits and computed in float32. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

/** The typed arrays of every dtype but 64-bit integers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;
/** The typed arrays of 64-bit integers. */
export type BigIntArray = BigInt64Array | BigUint64Array;
/** The typed arrays that hold a tensor's values on the host. */
export type TypedArray = NumberArray | BigIntArray;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

/** All dtypes. */
export const dtypes = Object.keys(arrays) as readonly DType[];

/** The typed array class that stores elements of a dtype. */
export const arrayOf = (dtype: DType): (typeof arrays)[DType] => arrays[dtype];

/** Bytes of one element. */
export const bytesOf = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

/** Whether a dtype is floating-point. */
export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64' || isHalf(dtype);
/** Whether elements are 16-bit floats, which are stored as bits. */
export const isHalf = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16';
/** Whether elements are 64-bit integers, which JavaScript holds as BigInt. */
export const isBigInt = (dtype: DType): boolean => dtype === 'int64' || dtype === 'uint64';

/** A new array of `size` zeros. @throws if there is not enough memory; the error says how much is needed */
export function zerosOf(dtype: DType, size: number): TypedArray {
  const Class = arrays[dtype] as (new (size: number) => TypedArray) & { readonly BYTES_PER_ELEMENT: number };
  try {
    return new Class(size);
  } catch (error) {
    throw new Error(
      `${size} ${dtype} values need ${Number(((size * Class.BYTES_PER_ELEMENT) / 2 ** 30).toPrecision(3))} GiB of memory, more than is available. Use fewer features, smaller inputs or smaller batches.`,
      { cause: error },
    );
  }
}

/** Numbers or BigInts as the typed array of a dtype; a typed array of the right class is returned as it is. */
export function toArray(values: ArrayLike<number> | ArrayLike<bigint>, dtype: DType): TypedArray {
  const Class = arrays[dtype];
  if (values instanceof Class) return values;
  const out = zerosOf(dtype, values.length);
  if (isHalf(dtype)) {
    const encode = dtype === 'float16' ? float16Bits : bfloat16Bits;
    for (let i = 0; i < out.length; i++) out[i] = encode(Number(values[i]));
  } else if (isBigInt(dtype)) {
    for (let i = 0; i < out.length; i++) out[i] = BigInt(values[i]!);
  } else {
    for (let i = 0; i < out.length; i++) out[i] = Number(values[i]);
  }
  return out;
}

/** Copies to a plain typed array; `slice` of a Node Buffer would be a view of the same memory. */
export const copyOf = (values: TypedArray): TypedArray =>
  values instanceof Uint8Array ? new Uint8Array(values) : values.slice();

/** The elements as numbers: 16-bit floats decoded, BigInts as the nearest double. */
export function toNumbers(array: TypedArray, dtype: DType): number[] {
  if (!isHalf(dtype)) return Array.from(array as ArrayLike<number | bigint>, Number);
  const decode = dtype === 'float16' ? fromFloat16Bits : fromBfloat16Bits;
  return Array.from(array as Uint16Array, decode);
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754 binary16 bits of the nearest value, ties to even. */
export function float16Bits(value: number): number {
  float[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds to infinity
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 aligns the mantissa's last kept bit with float32's own rounding.
    float[0] = Math.abs(value) + 0.5;
    return sign | (bits[0]! - 0x3f000000);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

export function fromFloat16Bits(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The upper 16 bits of the nearest float32, ties to even. */
export function bfloat16Bits(value: number): number {
  float[0] = value;
  const x = bits[0]!;
  if ((x & 0x7fffffff) > 0x7f800000) return (x >>> 16) | 0x40; // NaN stays NaN
  return ((x + 0x7fff + ((x >>> 16) & 1)) >>> 16) & 0xffff;
}

export function fromBfloat16Bits(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}
