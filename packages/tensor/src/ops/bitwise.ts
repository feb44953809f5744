import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './elementwise.ts';

/** a & b of integers. */
// On integers of any width; results are truncated to the dtype.
export const BitAnd = binary('bitAnd', (a, b) => a & b, undefined, { integer: (a, b) => a! & b! });
/** a | b of integers. */
export const BitOr = binary('bitOr', (a, b) => a | b, undefined, { integer: (a, b) => a! | b! });
/** a ^ b of integers. */
export const BitXor = binary('bitXor', (a, b) => a ^ b, undefined, { integer: (a, b) => a! ^ b! });
/** ~x of integers. */
export const BitNot = unary('bitNot', (x) => ~x, undefined, { integer: (x) => ~x! });
/** a · 2ᵇ for integers; 0 if b is negative or not less than their width. */
export const ShiftLeft = binary('shiftLeft', (a, b) => (b < 0 || b > 31 ? 0 : a << b), undefined, {
  integer: (a, b) => (b! < 0n || b! > 63n ? 0n : a! << b!),
});
/** a >> b of integers, with their sign; −1 or 0 if b is negative or not less than their width. */
export const ShiftRight = binary(
  'shiftRight',
  (a, b) => (b < 0 || b > 31 ? (a < 0 ? -1 : 0) : a < 0 ? a >> b : a >>> b),
  undefined,
  {
    integer: (a, b) => (b! < 0n ? (a! < 0n ? -1n : 0n) : a! >> b!),
  },
);

const binaryFunction =
  (op: Op) =>
  (a: Tensor, b: Tensor): Tensor =>
    apply(op, [a, b], undefined);
type Binary = (a: Tensor, b: Tensor) => Tensor;
/** a & b of integers; shapes broadcast. */
export const bitAnd: Binary = binaryFunction(BitAnd);
/** a | b of integers; shapes broadcast. */
export const bitOr: Binary = binaryFunction(BitOr);
/** a ^ b of integers; shapes broadcast. */
export const bitXor: Binary = binaryFunction(BitXor);
/** ~x of integers. */
export const bitNot = (x: Tensor): Tensor => apply(BitNot, [x], undefined);
/** a << b of integers; shapes broadcast. */
export const shiftLeft: Binary = binaryFunction(ShiftLeft);
/** a >> b of integers; shapes broadcast. */
export const shiftRight: Binary = binaryFunction(ShiftRight);
