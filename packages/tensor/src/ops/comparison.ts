import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { binary, binaryFunction, unary } from './elementwise.ts';

// Results are bool tensors of 0 and 1, without gradients.
const compare = (name: string, f: (a: number, b: number) => boolean): Op =>
  binary(name, (a, b) => Number(f(a, b)), undefined, { dtype: 'bool', integer: f as never });
/** a = b, as bool. */
export const Equal = compare('equal', (a, b) => a === b);
/** a < b, as bool. */
export const Less = compare('less', (a, b) => a < b);
/** a ≤ b, as bool. */
export const LessEqual = compare('lessEqual', (a, b) => a <= b);
/** a > b, as bool. */
export const Greater = compare('greater', (a, b) => a > b);
/** a ≥ b, as bool. */
export const GreaterEqual = compare('greaterEqual', (a, b) => a >= b);
/** Whether both are nonzero. */
export const And = compare('and', (a, b) => Boolean(a) && Boolean(b));
/** Whether at least one is nonzero. */
export const Or = compare('or', (a, b) => Boolean(a) || Boolean(b));
/** Whether exactly one is nonzero. */
export const Xor = compare('xor', (a, b) => Boolean(a) !== Boolean(b));
/** Whether x is 0. */
export const Not = unary('not', (x) => (x ? 0 : 1), undefined, { dtype: 'bool' });
/** Whether x is NaN. */
export const IsNaN = unary('isNaN', (x) => (Number.isNaN(x) ? 1 : 0), undefined, { dtype: 'bool' });

type Comparison = (a: Tensor | number, b: Tensor | number) => Tensor;
/** a = b, as bool; shapes broadcast. */
export const equal: Comparison = binaryFunction(Equal);
/** a < b, as bool; shapes broadcast. */
export const less: Comparison = binaryFunction(Less);
/** a ≤ b, as bool; shapes broadcast. */
export const lessEqual: Comparison = binaryFunction(LessEqual);
/** a > b, as bool; shapes broadcast. */
export const greater: Comparison = binaryFunction(Greater);
/** a ≥ b, as bool; shapes broadcast. */
export const greaterEqual: Comparison = binaryFunction(GreaterEqual);
/** Whether both are nonzero; shapes broadcast. */
export const and: Comparison = binaryFunction(And);
/** Whether at least one is nonzero; shapes broadcast. */
export const or: Comparison = binaryFunction(Or);
/** Whether exactly one is nonzero; shapes broadcast. */
export const xor: Comparison = binaryFunction(Xor);
/** Whether x is 0. */
export const not = (x: Tensor): Tensor => apply(Not, [x], undefined);
/** Whether x is NaN. */
export const isNaN = (x: Tensor): Tensor => apply(IsNaN, [x], undefined);
