import { type HostArray, isFloat, sizeOf } from '@graft/tensor';
import type { OnnxOperator } from './operator.ts';
import type { OnnxNode } from './proto/read-model.ts';

/** The role of a constant: trained, kept as a buffer (running statistics), or constant. */
export type ConstantRole = 'weight' | 'buffer' | 'constant';

/** Inputs that are weights by definition, regardless of size. */
const weightSlots: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2],
  CausalConvWithState: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  GroupNormalization: [1, 2],
  RMSNormalization: [1],
  PRelu: [1],
};
/** Inputs that are never trained: coordinates, quantised numbers, their scales and zero points, states of earlier steps. */
const fixedSlots: Readonly<Record<string, readonly number[]>> = {
  CausalConvWithState: [3],
  DequantizeLinear: [0, 1, 2],
  GridSample: [1],
  LinearAttention: [3],
  QuantizeLinear: [1, 2],
};
/** Inputs that are updated from data, not by gradients. */
const bufferSlots: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4] };

/** One use of a constant. */
export interface ConstantUse {
  readonly node: OnnxNode;
  readonly input: number;
  /** The operator, if known. */
  readonly operator: OnnxOperator | undefined;
}

/**
 * A float constant is a weight if it feeds a weight slot or has more than one element; a scalar elsewhere, such as
 * hard-swish's 3 and 6, stays constant, and so do control inputs (a Resize's scales).
 */
export function roleOf(
  { dtype, shape }: Pick<HostArray, 'dtype' | 'shape'>,
  uses: readonly ConstantUse[],
): ConstantRole {
  if (!isFloat(dtype)) return 'constant';
  const stands = (slots: Readonly<Record<string, readonly number[]>>): boolean =>
    uses.some(({ node, input }) => node.domain === '' && (slots[node.opType] ?? []).includes(input));
  if (stands(bufferSlots)) return 'buffer';
  if (stands(weightSlots)) return 'weight';
  if (stands(fixedSlots)) return 'constant';
  const takesPart = uses.some(({ input, operator }) => !operator?.steering.includes(input));
  return takesPart && sizeOf(shape) > 1 ? 'weight' : 'constant';
}
