import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { add, cos, div, mul, neg, sqrt, square, sub } from './arithmetic.ts';
import { unary } from './elementwise.ts';

// One op a line: its name, its function, its gradient.
export const Tan = unary('tan', Math.tan, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, square(cos(x!)))] });
export const Sinh = unary('sinh', Math.sinh, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, cosh(x!))] });
export const Cosh = unary('cosh', Math.cosh, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, sinh(x!))] });
export const Asin = unary('asin', Math.asin, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, sqrt(sub(1, square(x!))))] });
export const Acos = unary('acos', Math.acos, { uses: [0], rules: [(g, { inputs: [x] }) => neg(div(g, sqrt(sub(1, square(x!)))))] });
export const Atan = unary('atan', Math.atan, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, add(square(x!), 1))] });
export const Asinh = unary('asinh', Math.asinh, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, sqrt(add(square(x!), 1)))] });
export const Acosh = unary('acosh', Math.acosh, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, sqrt(sub(square(x!), 1)))] });
export const Atanh = unary('atanh', Math.atanh, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, sub(1, square(x!)))] });

const unaryFunction = (op: Op) => (x: Tensor): Tensor => apply(op, [x], undefined);
type Unary = (x: Tensor) => Tensor;
export const tan: Unary = unaryFunction(Tan);
export const sinh: Unary = unaryFunction(Sinh);
export const cosh: Unary = unaryFunction(Cosh);
export const asin: Unary = unaryFunction(Asin);
export const acos: Unary = unaryFunction(Acos);
export const atan: Unary = unaryFunction(Atan);
export const asinh: Unary = unaryFunction(Asinh);
export const acosh: Unary = unaryFunction(Acosh);
export const atanh: Unary = unaryFunction(Atanh);
