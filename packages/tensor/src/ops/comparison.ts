import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { binary, binaryFunction, unary } from './elementwise.ts';

// Truth values are 0 and 1 in a bool tensor; no gradient flows through them.
const compare = (name: string, f: (a: number, b: number) => boolean): Op => binary(name, (a, b) => Number(f(a, b)), undefined, { dtype: 'bool', integer: f as never });
export const Equal = compare('equal', (a, b) => a === b);
export const Less = compare('less', (a, b) => a < b);
export const LessEqual = compare('lessEqual', (a, b) => a <= b);
export const Greater = compare('greater', (a, b) => a > b);
export const GreaterEqual = compare('greaterEqual', (a, b) => a >= b);
export const And = compare('and', (a, b) => Boolean(a) && Boolean(b));
export const Or = compare('or', (a, b) => Boolean(a) || Boolean(b));
export const Xor = compare('xor', (a, b) => Boolean(a) !== Boolean(b));
export const Not = unary('not', (x) => (x ? 0 : 1), undefined, { dtype: 'bool' });
export const IsNaN = unary('isNaN', (x) => (Number.isNaN(x) ? 1 : 0), undefined, { dtype: 'bool' });

type Comparison = (a: Tensor | number, b: Tensor | number) => Tensor;
export const equal: Comparison = binaryFunction(Equal);
export const less: Comparison = binaryFunction(Less);
export const lessEqual: Comparison = binaryFunction(LessEqual);
export const greater: Comparison = binaryFunction(Greater);
export const greaterEqual: Comparison = binaryFunction(GreaterEqual);
export const and: Comparison = binaryFunction(And);
export const or: Comparison = binaryFunction(Or);
export const xor: Comparison = binaryFunction(Xor);
export const not = (x: Tensor): Tensor => apply(Not, [x], undefined);
export const isNaN = (x: Tensor): Tensor => apply(IsNaN, [x], undefined);
