import type { ConvolutionLayout } from '../one-dnn.ts';
import type { Foreign } from './foreign.ts';

// Values of dnnl_types.h that versions 2 and 3 share, and those of clips, which they do not.

/** dnnl_f32 */
const FLOAT32 = 3;
/** dnnl_format_tag_any: oneDNN chooses the layout. */
const ANY_LAYOUT = 1;
/** dnnl_forward_training, whose descriptor gradients take as a hint. */
export const FORWARD = 64;
/** dnnl_convolution_direct */
export const CONVOLUTION_DIRECT = 1;
/** dnnl_eltwise_clip */
export const ELEMENTWISE = { clip2: 0xff, clip3: 0x2e } as const;

/** Describes row-major float32 data by its strides, or data whose layout oneDNN chooses by a tag. @param out where the description goes */
export function describe(
  [byStrides, byTag]: readonly [Foreign, Foreign],
  out: unknown,
  dims: readonly number[],
  layout: ConvolutionLayout,
): void {
  const sizes = BigInt64Array.from(dims, BigInt);
  const code =
    layout === 'plain'
      ? byStrides(out, dims.length, sizes, FLOAT32, stridesOf(dims))
      : byTag(out, dims.length, sizes, FLOAT32, ANY_LAYOUT);
  if (code !== 0) throw new Error(`oneDNN reports status ${String(code)} for data of [${dims.join(', ')}].`);
}

/** Row-major strides. */
function stridesOf(dims: readonly number[]): BigInt64Array {
  const strides = new BigInt64Array(dims.length).fill(1n);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * BigInt(dims[i + 1]!);
  return strides;
}
