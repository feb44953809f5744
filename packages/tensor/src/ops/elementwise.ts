// Builds an elementwise op from one line: its name, its function of numbers, its gradient.
import { apply } from '../apply.ts';
import { scalar } from '../create.ts';
import type { DType, NumberArray } from '../dtype.ts';
import { isBigInt } from '../dtype.ts';
import type { Gradient, Op } from '../op.ts';
import { broadcastShapes, type HostArray, type Shape, sameShape, sizeOf, stridesOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';

/** Elements of any array; arithmetic written with operators also works on BigInts. */
export const elements = (x: HostArray): NumberArray => x.data as NumberArray;

export interface ElementwiseOptions {
  /** For 64-bit integers, if the function uses more than operators. */
  readonly integer?: (...values: bigint[]) => bigint;
  /** The result's dtype, if it differs from the inputs'. */
  readonly dtype?: DType;
  readonly decompose?: (...inputs: Tensor[]) => Tensor;
}

/** A unary elementwise op. */
export function unary(
  name: string,
  f: (x: number) => number,
  gradient: Gradient<void> | undefined,
  options: ElementwiseOptions = {},
): Op {
  return {
    name,
    infer: ([x]) => ({ shape: x!.shape, dtype: options.dtype ?? x!.dtype }),
    reference([x], _, out) {
      const g = isBigInt(x!.dtype) && options.integer ? (options.integer as unknown as typeof f) : f;
      const [from, to] = [elements(x!), elements(out)];
      inIntegers(name, x!, () => {
        for (let i = 0; i < to.length; i++) to[i] = g(from[i]!);
      });
    },
    ...(options.decompose && { decompose: ([x]: readonly Tensor[]) => options.decompose!(x!) }),
    ...(gradient && { gradient }),
  };
}

/** A binary elementwise op with NumPy's broadcasting. */
export function binary(
  name: string,
  f: (a: number, b: number) => number,
  gradient: Gradient<void> | undefined,
  options: ElementwiseOptions = {},
): Op {
  return {
    name,
    infer([a, b]) {
      if (a!.dtype !== b!.dtype)
        throw new Error(
          `Op "${name}" expects two tensors of the same dtype, got ${a!.dtype} and ${b!.dtype}. Convert one with cast().`,
        );
      return { shape: broadcastShapes(a!.shape, b!.shape), dtype: options.dtype ?? a!.dtype };
    },
    reference([a, b], _, out) {
      const g = isBigInt(a!.dtype) && options.integer ? (options.integer as unknown as typeof f) : f;
      inIntegers(name, a!, () => forPairs(a!, b!, out, g));
    },
    ...(options.decompose && { decompose: ([a, b]: readonly Tensor[]) => options.decompose!(a!, b!) }),
    ...(gradient && { gradient }),
  };
}

/** 64-bit integers are BigInts, which have no division by zero, no fractions and no functions of Math. @throws if one is used */
function inIntegers(name: string, { dtype }: HostArray, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof RangeError)
      throw new Error(`Op "${name}" has no integer result: ${error.message.toLowerCase()}.`, {
        cause: error,
      });
    throw new Error(`Op "${name}" does not support ${dtype} values. Convert them with cast().`, { cause: error });
  }
}

function forPairs(a: HostArray, b: HostArray, out: HostArray, f: (a: number, b: number) => number): void {
  const [x, y, to] = [elements(a), elements(b), elements(out)];
  if (sameShape(a.shape, b.shape)) {
    for (let i = 0; i < to.length; i++) to[i] = f(x[i]!, y[i]!);
    return;
  }
  const [ia, ib] = [broadcastOffsets(a.shape, out.shape), broadcastOffsets(b.shape, out.shape)];
  for (let i = 0; i < to.length; i++) to[i] = f(x[ia[i]!]!, y[ib[i]!]!);
}

/** For each element of `out`, the offset of the element that broadcasts to it. */
export function broadcastOffsets(shape: Shape, out: Shape): Int32Array {
  const own = stridesOf(shape);
  const lead = out.length - shape.length;
  const strides = out.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!));
  return stridedOffsets(out, strides);
}

/** Offsets of the elements of `shape` in row-major order, with any strides. */
export function stridedOffsets(shape: Shape, strides: readonly number[], start = 0): Int32Array {
  const offsets = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = start;
  for (let i = 0; i < offsets.length; i++) {
    offsets[i] = at;
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return offsets;
}

/** The function of a binary op; numbers are converted to scalar tensors. */
export const binaryFunction =
  (op: Op) =>
  (a: Tensor | number, b: Tensor | number): Tensor => {
    if (typeof a === 'number') {
      if (typeof b === 'number') throw new Error(`${op.name}(${a}, ${b}) expects at least one tensor.`);
      return apply(op, [scalar(a, b), b], undefined);
    }
    return apply(op, [a, typeof b === 'number' ? scalar(b, a) : b], undefined);
  };
