import { fromBfloat16Bits, fromFloat16Bits, isHalf, toArray } from './dtype.ts';
import type { Op } from './op.ts';
import { type HostArray, sizeOf } from './spec.ts';

/** Runs an op's reference on host arrays; 16-bit floats are computed in float32 and rounded once. */
export function runReference<Attrs>(op: Op<Attrs>, inputs: readonly HostArray[], attrs: Attrs, out: HostArray): void {
  const wide = inputs.map((x) => (isHalf(x.dtype) ? widen(x) : x));
  if (!isHalf(out.dtype)) return op.reference!(wide, attrs, out);
  const result: HostArray = { shape: out.shape, dtype: 'float32', data: new Float32Array(sizeOf(out.shape)) };
  op.reference!(wide, attrs, result);
  out.data.set(toArray(result.data as Float32Array, out.dtype) as never);
}

function widen({ shape, dtype, data }: HostArray): HostArray {
  const decode = dtype === 'float16' ? fromFloat16Bits : fromBfloat16Bits;
  return { shape, dtype: 'float32', data: Float32Array.from(data as Uint16Array, decode) };
}
