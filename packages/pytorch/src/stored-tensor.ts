import { type DType, arrayOf, bytesOf, type HostArray, showShape, sizeOf, type TypedArray } from '@graft/tensor';
import { showValue } from './show-value.ts';

/** Memory that tensors are views of. */
export interface TensorStorage {
  /** Its name in the file. */
  readonly key: string;
  /** The type of its values; undefined if tensors say it themselves. */
  readonly dtype: DType | undefined;
  /** Length in bytes. */
  readonly bytes: number;
}

/** A tensor as PyTorch writes it: a strided view of a storage. Offset and strides count values. */
export interface StoredTensor {
  readonly storage: TensorStorage;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Maximum number of dimensions, as in NumPy. */
const mostDims = 64;

/** A tensor in an unpickled value. */
export class TensorView implements StoredTensor {
  readonly storage: TensorStorage;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  /** @throws if a value of the tensor lies outside of its storage */
  constructor({ storage, dtype, offset, shape, strides }: StoredTensor, broken: (why: string) => Error) {
    const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
    const what = `a tensor in storage ${showValue(storage.key)}`;
    if (Math.max(shape.length, strides.length) > mostDims)
      throw broken(`gives ${what} ${shape.length} dimensions, but at most ${mostDims} are supported`);
    if (![offset, ...shape, ...strides].every(isWhole))
      throw broken(`gives ${what} an offset, shape or strides that are not non-negative integers`);
    if (shape.length !== strides.length)
      throw broken(`gives ${what} ${shape.length} dimensions, but ${strides.length} strides`);
    const size = sizeOf(shape);
    const end = size === 0 ? 0 : offset + shape.reduce((last, dim, i) => last + (dim - 1) * strides[i]!, 1);
    if (!Number.isSafeInteger(size) || end * bytesOf(dtype) > storage.bytes)
      throw broken(
        `gives ${what} the shape ${showShape(shape)} with strides ${showShape(strides)} at ${offset}, beyond its ${storage.bytes} bytes`,
      );
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  get bytes(): number {
    return sizeOf(this.shape) * bytesOf(this.dtype);
  }

  /** Copies the tensor's values in the order of its dimensions. @param memory the bytes of its storage @throws if a boolean is neither 0 nor 1 */
  read(memory: Uint8Array, broken: (why: string) => Error): HostArray {
    const { dtype, shape, strides, offset } = this;
    const width = bytesOf(dtype);
    const size = sizeOf(shape);
    const result = new Uint8Array(size * width);
    if (isContiguous(shape, strides)) result.set(memory.subarray(offset * width, (offset + size) * width));
    else gather(this, memory, result, width);
    const wrong = dtype === 'bool' ? result.find((byte) => byte > 1) : undefined;
    if (wrong !== undefined) throw broken(`has the value ${wrong} in a tensor of booleans`);
    return { dtype, shape, data: new (arrayOf(dtype) as new (buffer: ArrayBuffer) => TypedArray)(result.buffer) };
  }
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return sizeOf(shape) === 0;
    expected *= shape[i]!;
  }
  return true;
}

/** Copies values one by one, counting up the indices from the last dimension. */
function gather({ shape, strides, offset }: StoredTensor, memory: Uint8Array, result: Uint8Array, width: number): void {
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < result.length; to += width) {
    for (let byte = 0; byte < width; byte++) result[to + byte] = memory[from * width + byte]!;
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      from += strides[dim]!;
      if (++index[dim]! < shape[dim]!) break;
      from -= strides[dim]! * shape[dim]!;
      index[dim] = 0;
    }
  }
}
