import type { AnyBackend } from './backend.ts';
import { type DType, toArray, type TypedArray, zerosOf } from './dtype.ts';
import { js } from './js-backend.ts';
import { activeGuard } from './observe.ts';
import { readAll } from './read-all.ts';
import { own } from './scope.ts';
import { type Shape, showShape, sizeOf, type TensorSpec } from './spec.ts';
import { Tensor } from './tensor.ts';
import { unseen } from './unseen.ts';

/** Numbers, nested as deep as the tensor has dimensions. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** Backend, dtype and shape of a new tensor. */
export interface TensorOptions {
  readonly shape?: Shape;
  /** Default: that of the typed array, otherwise float32. */
  readonly dtype?: DType;
  /** Default: the host. */
  readonly backend?: AnyBackend;
}

/** By a typed array's tag, which also works for Node Buffers (Uint8Array) and arrays of other realms. */
const dtypeOfArray = new Map<string, DType>([
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
  ['BigInt64Array', 'int64'],
  ['BigUint64Array', 'uint64'],
  ['Int32Array', 'int32'],
  ['Uint32Array', 'uint32'],
  ['Int16Array', 'int16'],
  ['Uint16Array', 'uint16'],
  ['Int8Array', 'int8'],
  ['Uint8Array', 'uint8'],
]);

/**
 * Creates a tensor from values.
 * @param values a typed array with its `shape`, or nested arrays of numbers
 * @throws if the number of values does not match the shape, or rows differ in length
 */
export function tensor(values: TypedArray | NestedNumbers | readonly bigint[], options: TensorOptions = {}): Tensor {
  const isTyped = ArrayBuffer.isView(values);
  const flat = isTyped ? values : flatten(values as NestedNumbers);
  const shape = options.shape ?? (isTyped ? [flat.length] : shapeOfNested(values as NestedNumbers));
  const dtype =
    options.dtype ?? (isTyped ? dtypeOfArray.get((values as TypedArray)[Symbol.toStringTag]) : undefined) ?? 'float32';
  const backend = options.backend ?? js;
  if (sizeOf(shape) !== flat.length)
    throw new Error(`A tensor of shape ${showShape(shape)} needs ${sizeOf(shape)} values, got ${flat.length}.`);
  const spec: TensorSpec = { shape, dtype };
  activeGuard()?.(spec, { backend, inputs: [] });
  return own(new Tensor(spec, backend, backend.write(toArray(flat as ArrayLike<number>, dtype), spec)));
}

/** A tensor filled with one value. */
export function full(shape: Shape, value: number, { dtype = 'float32', backend = js }: TensorOptions = {}): Tensor {
  const one = toArray([value], dtype)[0]!;
  const spec: TensorSpec = { shape, dtype };
  activeGuard()?.(spec, { backend, inputs: [] });
  return own(new Tensor(spec, backend, backend.write(zerosOf(dtype, sizeOf(shape)).fill(one as never), spec)));
}

/** A tensor of zeros. */
export const zeros = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 0, options);
/** A tensor of ones. */
export const ones = (shape: Shape, options?: TensorOptions): Tensor => full(shape, 1, options);
/** The identity matrix [n, n]. */
export const eye = (n: number, { dtype = 'float32', backend }: TensorOptions = {}): Tensor =>
  tensor(
    toArray(
      Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
      dtype,
    ),
    { shape: [n, n], dtype, backend: backend ?? js },
  );
/** A tensor filled with one value, with the shape, dtype and backend of another. */
export const filled = (like: Tensor, value: number): Tensor =>
  full(like.shape, value, { dtype: like.dtype, backend: like.backend });
/** A scalar tensor with the dtype and backend of another tensor. */
export const scalar = (value: number, { dtype, backend }: Tensor): Tensor => full([], value, { dtype, backend });

/** Integers as int64 on the host: a shape, axes, indices. */
export const integers = (values: readonly number[], shape: Shape = [values.length]): Tensor =>
  tensor(BigInt64Array.from(values, BigInt), { shape });

/** Moves a tensor to a backend; returns the tensor itself if it is already there. */
export const to = async (x: Tensor, backend: AnyBackend): Promise<Tensor> => (await toAll([x], backend))[0]!;

/** Moves several tensors to a backend, in order. Device memory is read in one batch. */
export async function toAll(xs: readonly Tensor[], backend: AnyBackend): Promise<Tensor[]> {
  const blind = xs.filter((x) => x.backend !== backend && !x.backend.view);
  const read = new Map((await readAll(blind)).map(({ data }, i) => [blind[i]!, data]));
  return xs.map((x) =>
    read.has(x) ? own(new Tensor(x, backend, backend.write(read.get(x)!, x))) : upload(x, backend),
  );
}

/**
 * Moves a tensor in host memory to a backend synchronously; returns the tensor itself if it is already there.
 * @throws if the host cannot read its values; use `to` instead
 */
export function upload(x: Tensor, backend: AnyBackend): Tensor {
  if (x.backend === backend) return x;
  if (!x.backend.view) throw unseen(x, 'Move it with await to(tensor, backend).');
  return own(new Tensor(x, backend, backend.write(x.backend.view(x.data, x), x)));
}

function flatten(values: NestedNumbers): number[] {
  return Array.isArray(values)
    ? ((values as unknown[]).flat(Number.POSITIVE_INFINITY) as number[])
    : [values as number];
}

function shapeOfNested(values: NestedNumbers): number[] {
  if (!Array.isArray(values)) return [];
  const inner = values.length ? shapeOfNested(values[0] as NestedNumbers) : [];
  for (const [i, item] of values.entries()) {
    const shape = shapeOfNested(item as NestedNumbers);
    if (showShape(shape) !== showShape(inner))
      throw new Error(
        `Nested values must be rectangular: item 0 is ${showShape(inner)}, item ${i} is ${showShape(shape)}.`,
      );
  }
  return [values.length, ...inner];
}
