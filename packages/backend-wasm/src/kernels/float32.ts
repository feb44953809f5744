import { type Operand, sizeOf } from '@graft/tensor';
import type { WasmBuffer } from '../heap.ts';

export type WasmOperand = Operand<WasmBuffer>;

/** Whether all are float32, as kernels require, and none is empty. Other cases are left to the reference. */
export const allFloat32 = (operands: readonly WasmOperand[]): boolean =>
  operands.every(({ dtype, shape }) => dtype === 'float32' && sizeOf(shape) > 0);
