import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './elementwise.ts';

// On whole numbers of any width; what does not fit into the dtype is cut off.
export const BitAnd = binary('bitAnd', (a, b) => a & b, undefined, { integer: (a, b) => a! & b! });
export const BitOr = binary('bitOr', (a, b) => a | b, undefined, { integer: (a, b) => a! | b! });
export const BitXor = binary('bitXor', (a, b) => a ^ b, undefined, { integer: (a, b) => a! ^ b! });
export const BitNot = unary('bitNot', (x) => ~x, undefined, { integer: (x) => ~x! });
/** a · 2ᵇ for whole numbers without sign. */
export const ShiftLeft = binary('shiftLeft', (a, b) => (b > 31 ? 0 : a << b), undefined, { integer: (a, b) => (b! > 63n ? 0n : a! << b!) });
export const ShiftRight = binary('shiftRight', (a, b) => (b > 31 ? 0 : a >>> b), undefined, { integer: (a, b) => a! >> b! });

const binaryFunction = (op: Op) => (a: Tensor, b: Tensor): Tensor => apply(op, [a, b], undefined);
type Binary = (a: Tensor, b: Tensor) => Tensor;
export const bitAnd: Binary = binaryFunction(BitAnd);
export const bitOr: Binary = binaryFunction(BitOr);
export const bitXor: Binary = binaryFunction(BitXor);
export const bitNot = (x: Tensor): Tensor => apply(BitNot, [x], undefined);
export const shiftLeft: Binary = binaryFunction(ShiftLeft);
export const shiftRight: Binary = binaryFunction(ShiftRight);
