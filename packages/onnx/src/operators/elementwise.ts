import {
  abs,
  acos,
  acosh,
  add,
  and,
  asin,
  asinh,
  atan,
  atanh,
  bitAnd,
  bitNot,
  bitOr,
  bitXor,
  broadcastShapes,
  cast,
  ceil,
  cos,
  cosh,
  div,
  equal,
  erf,
  exp,
  floor,
  fmod,
  greater,
  greaterEqual,
  isBigInt,
  isFloat,
  isNaN,
  js,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  reshape,
  round,
  scalar,
  shiftLeft,
  shiftRight,
  sign,
  sin,
  sinh,
  sqrt,
  sub,
  tan,
  type Tensor,
  tensor,
  upload,
  where,
  xor,
} from '@graft/tensor';
import { kindOf } from '../collections.ts';
import { checkListed, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { spreadTexts } from './text.ts';

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

const unary = (opType: string, f: Unary, since = 1): OnnxOperator => operator(opType, since, ([x]) => f(x!));
const binary = (opType: string, f: Binary, since = 7): OnnxOperator =>
  operator(opType, since, ([a, b]) => f(a!, b!), { inputs: 2 });
/** Before version 7 the second input was aligned with the first at `axis`, and only if `broadcast` was set. */
const aligned = (opType: string, f: Binary): OnnxOperator =>
  operator(opType, 1, ([a, b], node) => f(a!, alignedTo(a!, b!, node)), { inputs: 2 });

function alignedTo(a: Tensor, b: Tensor, { attributes }: OperatorNode): Tensor {
  const axis = attributes.int('axis', undefined);
  if (axis === undefined || b.rank === 0) return b;
  return reshape(b, [...b.shape, ...Array<number>(a.rank - b.rank - (axis < 0 ? axis + a.rank : axis)).fill(1)]);
}

const variadic = (
  opType: string,
  f: Binary,
  since: number,
  finish: (sum: Tensor, count: number) => Tensor = (x) => x,
): OnnxOperator =>
  operator(
    opType,
    since,
    (inputs) => {
      if (inputs.includes(undefined))
        throw new Error(`input ${inputs.indexOf(undefined)} of ${inputs.length} is missing.`);
      return finish((inputs as Tensor[]).reduce(f), inputs.length);
    },
    { inputs: [1, Number.POSITIVE_INFINITY] },
  );

/** Integer division as in C. */
const quotient: Binary = (a, b) =>
  isFloat(a.dtype) || isBigInt(a.dtype) ? div(a, b) : cast(div(cast(a, 'int64'), cast(b, 'int64')), a.dtype);

/** In the dtype of the base; integer powers are computed in float64. */
function power(a: Tensor, b: Tensor): Tensor {
  if (isFloat(a.dtype)) return pow(a, b.dtype === a.dtype ? b : upload(cast(b, a.dtype), a.backend));
  const home = [a, b].find(({ backend }) => !backend.view)?.backend ?? js;
  return cast(pow(cast(upload(a, home), 'float64'), cast(upload(b, home), 'float64')), a.dtype);
}

/** Elementwise, also of texts. */
function equals(a: Tensor, b: Tensor): Tensor {
  if (kindOf(a) !== 'texts' && kindOf(b) !== 'texts') return equal(a, b);
  const shape = checkListed(broadcastShapes(a.shape, b.shape));
  const [left, right] = [spreadTexts(a, shape), spreadTexts(b, shape)];
  return tensor(
    left.map((text, i) => Number(text === right[i])),
    { shape, dtype: 'bool' },
  );
}

export const elementwiseOperators: readonly OnnxOperator[] = [
  ...(
    [
      ['Add', add],
      ['Sub', sub],
      ['Mul', mul],
      ['Div', quotient],
    ] as const
  ).flatMap(([name, f]) => [aligned(name, f), binary(name, f)]),
  ...(
    [
      ['And', and],
      ['Or', or],
      ['Xor', xor],
      ['Equal', equals],
      ['Less', less],
      ['Greater', greater],
    ] as const
  ).flatMap(([name, f]) => [aligned(name, f), binary(name, f)]),
  binary('LessOrEqual', lessEqual, 12),
  binary('GreaterOrEqual', greaterEqual, 12),
  // The exponent may have another dtype.
  operator('Pow', 1, ([a, b], node) => power(a!, alignedTo(a!, b!, node)), { inputs: 2 }),
  operator('Mod', 10, ([a, b], { attributes }) => (attributes.int('fmod', 0) ? fmod : mod)(a!, b!), { inputs: 2 }),
  variadic('Max', maximum, 1),
  variadic('Min', minimum, 1),
  variadic('Sum', add, 1),
  variadic('Mean', add, 1, (sum, count) => div(sum, count)),
  operator('Where', 9, ([condition, a, b]) => where(condition!, a!, b!), { inputs: 3 }),
  unary('Not', not),
  unary('IsNaN', isNaN, 9),
  operator('IsInf', 10, ([x], { attributes }) => {
    const [negative, positive] = [attributes.int('detect_negative', 1), attributes.int('detect_positive', 1)];
    if (!negative && !positive) return not(equal(x!, x!));
    const infinity = scalar(Number.POSITIVE_INFINITY, x!);
    return negative && positive ? equal(abs(x!), infinity) : equal(positive ? x! : neg(x!), infinity);
  }),
  unary('Abs', abs),
  unary('Neg', neg),
  unary('Sign', sign, 9),
  unary('Exp', exp),
  unary('Log', log),
  unary('Sqrt', sqrt),
  unary('Reciprocal', reciprocal),
  unary('Floor', floor),
  unary('Ceil', ceil),
  unary('Round', round, 11),
  unary('Sin', sin, 7),
  unary('Cos', cos, 7),
  unary('Erf', erf, 9),
  unary('Tan', tan, 7),
  unary('Asin', asin, 7),
  unary('Acos', acos, 7),
  unary('Atan', atan, 7),
  unary('Sinh', sinh, 9),
  unary('Cosh', cosh, 9),
  unary('Asinh', asinh, 9),
  unary('Acosh', acosh, 9),
  unary('Atanh', atanh, 9),
  binary('BitwiseAnd', bitAnd, 18),
  binary('BitwiseOr', bitOr, 18),
  binary('BitwiseXor', bitXor, 18),
  unary('BitwiseNot', bitNot, 18),
  operator(
    'BitShift',
    11,
    ([a, b], { attributes }) => (attributes.string('direction') === 'LEFT' ? shiftLeft : shiftRight)(a!, b!),
    { inputs: 2 },
  ),
];
