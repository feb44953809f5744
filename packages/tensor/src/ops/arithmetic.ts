import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { equal, greaterEqual, lessEqual } from './comparison.ts';
import { cast } from './cast.ts';
import { binary, binaryFunction, unary } from './elementwise.ts';

// One op a line: its name, its function, its gradient.
export const Add = binary('add', (a, b) => a + b, { uses: [], rules: [(g) => g, (g) => g] });
export const Sub = binary('sub', (a, b) => a - b, { uses: [], rules: [(g) => g, (g) => neg(g)] });
export const Mul = binary('mul', (a, b) => a * b, { uses: [[1], [0]], rules: [(g, { inputs: [, b] }) => mul(g, b!), (g, { inputs: [a] }) => mul(g, a!)] });
export const Div = binary('div', (a, b) => a / b, { uses: [[1], [1, 'output']], rules: [(g, { inputs: [, b] }) => div(g, b!), (g, { inputs: [, b], output }) => neg(div(mul(g, output), b!))] });
export const Pow = binary('pow', (a, b) => a ** b, {
  uses: [[0, 1], [0, 'output']],
  rules: [
    (g, { inputs: [a, b] }) => mul(g, mul(b!, pow(a!, sub(b!, 1)))),
    // log 0 times 0 counts as 0: 0^b does not change with b > 0.
    (g, { inputs: [a], output }) => mul(g, mul(output, log(add(a!, cast(equal(a!, 0), a!.dtype))))),
  ],
});
export const Maximum = binary('maximum', Math.max, { uses: [0, 1], rules: [(g, { inputs: [a, b] }) => mul(g, share(greaterEqual(a!, b!), a!, b!)), (g, { inputs: [a, b] }) => mul(g, share(lessEqual(a!, b!), a!, b!))] }, { integer: (a, b) => (a! > b! ? a! : b!) });
export const Minimum = binary('minimum', Math.min, { uses: [0, 1], rules: [(g, { inputs: [a, b] }) => mul(g, share(lessEqual(a!, b!), a!, b!)), (g, { inputs: [a, b] }) => mul(g, share(greaterEqual(a!, b!), a!, b!))] }, { integer: (a, b) => (a! < b! ? a! : b!) });
/** Remainder with the sign of the divisor, as in Python; see {@link Fmod} for C's. */
export const Mod = binary('mod', (a, b) => a - b * Math.floor(a / b), { uses: [0, 1], rules: [(g) => g, (g, { inputs: [a, b] }) => neg(mul(g, floor(div(a!, b!))))] }, { integer: (a, b) => ((a! % b!) + b!) % b! });
/** Remainder with the sign of the dividend, as in C. */
export const Fmod = binary('fmod', (a, b) => a % b, { uses: [0, 1], rules: [(g) => g, (g, { inputs: [a, b] }) => neg(mul(g, trunc(div(a!, b!))))] });
export const Neg = unary('neg', (x) => -x, { uses: [], rules: [(g) => neg(g)] });
export const Abs = unary('abs', Math.abs, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, sign(x!))] }, { integer: (x) => (x! < 0n ? -x! : x!) });
export const Sign = unary('sign', Math.sign, { uses: [], rules: [null] }, { integer: (x) => (x! > 0n ? 1n : x! < 0n ? -1n : 0n) });
export const Exp = unary('exp', Math.exp, { uses: ['output'], rules: [(g, { output }) => mul(g, output)] });
export const Log = unary('log', Math.log, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, x!)] });
export const Sqrt = unary('sqrt', Math.sqrt, { uses: ['output'], rules: [(g, { output }) => div(mul(g, 0.5), output)] });
export const Reciprocal = unary('reciprocal', (x) => 1 / x, { uses: ['output'], rules: [(g, { output }) => neg(mul(g, square(output)))] });
export const Square = unary('square', (x) => x * x, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, mul(x!, 2))] });
export const Sin = unary('sin', Math.sin, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, cos(x!))] });
export const Cos = unary('cos', Math.cos, { uses: [0], rules: [(g, { inputs: [x] }) => neg(mul(g, sin(x!)))] });
export const Floor = unary('floor', Math.floor, { uses: [], rules: [null] }, { integer: (x) => x! });
export const Ceil = unary('ceil', Math.ceil, { uses: [], rules: [null] }, { integer: (x) => x! });
export const Trunc = unary('trunc', Math.trunc, { uses: [], rules: [null] }, { integer: (x) => x! });
/** Ties go to the even neighbour, as in IEEE 754. */
export const Round = unary('round', roundHalfEven, { uses: [], rules: [null] }, { integer: (x) => x! });

type Binary = (a: Tensor | number, b: Tensor | number) => Tensor;
export const add: Binary = binaryFunction(Add);
export const sub: Binary = binaryFunction(Sub);
export const mul: Binary = binaryFunction(Mul);
export const div: Binary = binaryFunction(Div);
export const pow: Binary = binaryFunction(Pow);
export const maximum: Binary = binaryFunction(Maximum);
export const minimum: Binary = binaryFunction(Minimum);
export const mod: Binary = binaryFunction(Mod);
export const fmod: Binary = binaryFunction(Fmod);

const unaryFunction = (op: Op) => (x: Tensor): Tensor => apply(op, [x], undefined);
type Unary = (x: Tensor) => Tensor;
export const neg: Unary = unaryFunction(Neg);
export const abs: Unary = unaryFunction(Abs);
export const sign: Unary = unaryFunction(Sign);
export const exp: Unary = unaryFunction(Exp);
export const log: Unary = unaryFunction(Log);
export const sqrt: Unary = unaryFunction(Sqrt);
export const reciprocal: Unary = unaryFunction(Reciprocal);
export const square: Unary = unaryFunction(Square);
export const sin: Unary = unaryFunction(Sin);
export const cos: Unary = unaryFunction(Cos);
export const floor: Unary = unaryFunction(Floor);
export const ceil: Unary = unaryFunction(Ceil);
export const trunc: Unary = unaryFunction(Trunc);
export const round: Unary = unaryFunction(Round);

/** 1 where an input wins, 1/2 where both are equal: a gradient is then shared, as in PyTorch. */
const share = (wins: Tensor, a: Tensor, b: Tensor): Tensor => sub(cast(wins, a.dtype), mul(cast(equal(a, b), a.dtype), 0.5));

function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
