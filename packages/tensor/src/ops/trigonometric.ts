import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { add, cos, div, mul, neg, sqrt, square, sub } from './arithmetic.ts';
import { unary } from './elementwise.ts';

/** The tangent of radians. */
// One op per line: its name, its function, its gradient.
export const Tan = unary('tan', Math.tan, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, square(cos(x!)))] });
/** The hyperbolic sine. */
export const Sinh = unary('sinh', Math.sinh, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, cosh(x!))] });
/** The hyperbolic cosine. */
export const Cosh = unary('cosh', Math.cosh, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, sinh(x!))] });
/** The arc sine, in radians. */
export const Asin = unary('asin', Math.asin, {
  uses: [0],
  rules: [(g, { inputs: [x] }) => div(g, sqrt(sub(1, square(x!))))],
});
/** The arc cosine, in radians. */
export const Acos = unary('acos', Math.acos, {
  uses: [0],
  rules: [(g, { inputs: [x] }) => neg(div(g, sqrt(sub(1, square(x!)))))],
});
/** The arc tangent, in radians. */
export const Atan = unary('atan', Math.atan, {
  uses: [0],
  rules: [(g, { inputs: [x] }) => div(g, add(square(x!), 1))],
});
/** The inverse hyperbolic sine. */
export const Asinh = unary('asinh', Math.asinh, {
  uses: [0],
  rules: [(g, { inputs: [x] }) => div(g, sqrt(add(square(x!), 1)))],
});
/** The inverse hyperbolic cosine. */
export const Acosh = unary('acosh', Math.acosh, {
  uses: [0],
  rules: [(g, { inputs: [x] }) => div(g, sqrt(sub(square(x!), 1)))],
});
/** The inverse hyperbolic tangent. */
export const Atanh = unary('atanh', Math.atanh, {
  uses: [0],
  rules: [(g, { inputs: [x] }) => div(g, sub(1, square(x!)))],
});

const unaryFunction =
  (op: Op) =>
  (x: Tensor): Tensor =>
    apply(op, [x], undefined);
type Unary = (x: Tensor) => Tensor;
/** The tangent of radians. */
export const tan: Unary = unaryFunction(Tan);
/** The hyperbolic sine. */
export const sinh: Unary = unaryFunction(Sinh);
/** The hyperbolic cosine. */
export const cosh: Unary = unaryFunction(Cosh);
/** The arc sine, in radians. */
export const asin: Unary = unaryFunction(Asin);
/** The arc cosine, in radians. */
export const acos: Unary = unaryFunction(Acos);
/** The arc tangent, in radians. */
export const atan: Unary = unaryFunction(Atan);
/** The inverse hyperbolic sine. */
export const asinh: Unary = unaryFunction(Asinh);
/** The inverse hyperbolic cosine. */
export const acosh: Unary = unaryFunction(Acosh);
/** The inverse hyperbolic tangent. */
export const atanh: Unary = unaryFunction(Atanh);
