import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import type { Tensor } from '../tensor.ts';
import { equal, greaterEqual, lessEqual } from './comparison.ts';
import { cast } from './cast.ts';
import { binary, binaryFunction, unary } from './elementwise.ts';

/** a + b. */
// One op per line: its name, its function, its gradient.
export const Add = binary('add', (a, b) => a + b, { uses: [], rules: [(g) => g, (g) => g] });
/** a − b. */
export const Sub = binary('sub', (a, b) => a - b, { uses: [], rules: [(g) => g, (g) => neg(g)] });
/** a · b, element by element. */
export const Mul = binary('mul', (a, b) => a * b, {
  uses: [[1], [0]],
  rules: [(g, { inputs: [, b] }) => mul(g, b!), (g, { inputs: [a] }) => mul(g, a!)],
});
/** a / b. */
export const Div = binary('div', (a, b) => a / b, {
  uses: [[1], [1, 'output']],
  rules: [(g, { inputs: [, b] }) => div(g, b!), (g, { inputs: [, b], output }) => neg(div(mul(g, output), b!))],
});
/** a to the power of b. */
export const Pow = binary('pow', (a, b) => a ** b, {
  uses: [
    [0, 1],
    [0, 'output'],
  ],
  rules: [
    // A power of 0 is constant, also at 0: there b · a^(b − 1) would be 0 · ∞.
    (g, { inputs: [a, b] }) => mul(g, mul(b!, pow(a!, add(sub(b!, 1), cast(equal(b!, 0), b!.dtype))))),
    // 0 · log 0 counts as 0: 0^b is constant for b > 0.
    (g, { inputs: [a], output }) => mul(g, mul(output, log(add(a!, cast(equal(a!, 0), a!.dtype))))),
  ],
});
/** The larger of two values. */
export const Maximum = binary(
  'maximum',
  Math.max,
  {
    uses: [0, 1],
    rules: [
      (g, { inputs: [a, b] }) => mul(g, share(greaterEqual(a!, b!), a!, b!)),
      (g, { inputs: [a, b] }) => mul(g, share(lessEqual(a!, b!), a!, b!)),
    ],
  },
  { integer: (a, b) => (a! > b! ? a! : b!) },
);
/** The smaller of two values. */
export const Minimum = binary(
  'minimum',
  Math.min,
  {
    uses: [0, 1],
    rules: [
      (g, { inputs: [a, b] }) => mul(g, share(lessEqual(a!, b!), a!, b!)),
      (g, { inputs: [a, b] }) => mul(g, share(greaterEqual(a!, b!), a!, b!)),
    ],
  },
  { integer: (a, b) => (a! < b! ? a! : b!) },
);
/** Remainder with the sign of the divisor, as in Python; see {@link Fmod} for C's. */
export const Mod = binary(
  'mod',
  // As in Python: exact, also for an infinite divisor, and a result of 0 has the sign of the divisor.
  (a, b) => {
    const rest = a % b;
    return rest === 0 ? (b < 0 ? -0 : 0) : rest < 0 === b < 0 ? rest : rest + b;
  },
  { uses: [0, 1], rules: [(g) => g, (g, { inputs: [a, b] }) => neg(mul(g, floor(div(a!, b!))))] },
  { integer: (a, b) => ((a! % b!) + b!) % b! },
);
/** Remainder with the sign of the dividend, as in C. */
export const Fmod = binary('fmod', (a, b) => a % b, {
  uses: [0, 1],
  rules: [(g) => g, (g, { inputs: [a, b] }) => neg(mul(g, trunc(div(a!, b!))))],
});
/** −x. */
export const Neg = unary('neg', (x) => -x, { uses: [], rules: [(g) => neg(g)] });
/** |x|. */
export const Abs = unary(
  'abs',
  Math.abs,
  { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, sign(x!))] },
  { integer: (x) => (x! < 0n ? -x! : x!) },
);
/** The sign: −1, 0 or 1. */
export const Sign = unary(
  'sign',
  Math.sign,
  { uses: [], rules: [null] },
  { integer: (x) => (x! > 0n ? 1n : x! < 0n ? -1n : 0n) },
);
/** eˣ. */
export const Exp = unary('exp', Math.exp, { uses: ['output'], rules: [(g, { output }) => mul(g, output)] });
/** The natural logarithm. */
export const Log = unary('log', Math.log, { uses: [0], rules: [(g, { inputs: [x] }) => div(g, x!)] });
/** The square root. */
export const Sqrt = unary('sqrt', Math.sqrt, {
  uses: ['output'],
  rules: [(g, { output }) => div(mul(g, 0.5), output)],
});
/** 1 / x. */
export const Reciprocal = unary('reciprocal', (x) => 1 / x, {
  uses: ['output'],
  rules: [(g, { output }) => neg(mul(g, square(output)))],
});
/** x². */
export const Square = unary('square', (x) => x * x, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, mul(x!, 2))] });
/** The sine of radians. */
export const Sin = unary('sin', Math.sin, { uses: [0], rules: [(g, { inputs: [x] }) => mul(g, cos(x!))] });
/** The cosine of radians. */
export const Cos = unary('cos', Math.cos, { uses: [0], rules: [(g, { inputs: [x] }) => neg(mul(g, sin(x!)))] });
/** x rounded down. */
export const Floor = unary('floor', Math.floor, { uses: [], rules: [null] }, { integer: (x) => x! });
/** x rounded up. */
export const Ceil = unary('ceil', Math.ceil, { uses: [], rules: [null] }, { integer: (x) => x! });
/** x rounded towards 0. */
export const Trunc = unary('trunc', Math.trunc, { uses: [], rules: [null] }, { integer: (x) => x! });
/** x rounded to the nearest integer, ties to even, as in IEEE 754. */
export const Round = unary('round', roundHalfEven, { uses: [], rules: [null] }, { integer: (x) => x! });

type Binary = (a: Tensor | number, b: Tensor | number) => Tensor;
/** a + b; shapes broadcast. */
export const add: Binary = binaryFunction(Add);
/** a − b; shapes broadcast. */
export const sub: Binary = binaryFunction(Sub);
/** a · b, element by element; shapes broadcast. */
export const mul: Binary = binaryFunction(Mul);
/** a / b; shapes broadcast. Integers are divided towards zero. */
export const div: Binary = binaryFunction(Div);
/** a to the power of b; shapes broadcast. */
export const pow: Binary = binaryFunction(Pow);
/** The larger of a and b; shapes broadcast. Equal elements share the gradient. */
export const maximum: Binary = binaryFunction(Maximum);
/** The smaller of a and b; shapes broadcast. Equal elements share the gradient. */
export const minimum: Binary = binaryFunction(Minimum);
/** Remainder with the sign of the divisor, as in Python; shapes broadcast. */
export const mod: Binary = binaryFunction(Mod);
/** Remainder with the sign of the dividend, as in C; shapes broadcast. */
export const fmod: Binary = binaryFunction(Fmod);

const unaryFunction =
  (op: Op) =>
  (x: Tensor): Tensor =>
    apply(op, [x], undefined);
type Unary = (x: Tensor) => Tensor;
/** −x. */
export const neg: Unary = unaryFunction(Neg);
/** |x|. */
export const abs: Unary = unaryFunction(Abs);
/** The sign: −1, 0 or 1. */
export const sign: Unary = unaryFunction(Sign);
/** eˣ. */
export const exp: Unary = unaryFunction(Exp);
/** The natural logarithm. */
export const log: Unary = unaryFunction(Log);
/** The square root. */
export const sqrt: Unary = unaryFunction(Sqrt);
/** 1 / x. */
export const reciprocal: Unary = unaryFunction(Reciprocal);
/** x². */
export const square: Unary = unaryFunction(Square);
/** The sine of radians. */
export const sin: Unary = unaryFunction(Sin);
/** The cosine of radians. */
export const cos: Unary = unaryFunction(Cos);
/** x rounded down; no gradient. */
export const floor: Unary = unaryFunction(Floor);
/** x rounded up; no gradient. */
export const ceil: Unary = unaryFunction(Ceil);
/** x rounded towards 0; no gradient. */
export const trunc: Unary = unaryFunction(Trunc);
/** x rounded to the nearest integer, ties to even; no gradient. */
export const round: Unary = unaryFunction(Round);

/** 1 for the selected input, 1/2 if both are equal: the gradient is then shared, as in PyTorch. */
const share = (wins: Tensor, a: Tensor, b: Tensor): Tensor =>
  sub(cast(wins, a.dtype), mul(cast(equal(a, b), a.dtype), 0.5));

function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
