// Activations with a gradient op of their own, which makes the backward pass a single pass over the data.
import { apply } from '../apply.ts';
import type { Gradient, Op } from '../op.ts';
import { showShape } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, div, exp, log, maximum, minimum, mul, neg, reciprocal, square, sub } from './arithmetic.ts';
import { cast } from './cast.ts';
import { and, greater, greaterEqual, less } from './comparison.ts';
import { elements } from './elementwise.ts';

interface Activation<Attrs> {
  readonly name: string;
  readonly f: (x: number, attrs: Attrs) => number;
  /** Definition in terms of other ops. */
  readonly parts?: (x: Tensor, attrs: Attrs) => Tensor;
  /** What the derivative is computed from: the result if possible (it is held anyway), otherwise the input. */
  readonly of: 'input' | 'output';
  readonly derivative: (v: number, attrs: Attrs) => number;
  readonly derivativeParts: (v: Tensor, attrs: Attrs) => Tensor;
}

/** An activation and its gradient op `<name>Grad`, whose inputs are the gradient and the activation's input or output. */
function activation<Attrs = void>({
  name,
  f,
  parts,
  of,
  derivative,
  derivativeParts,
}: Activation<Attrs>): [Op<Attrs>, Op<Attrs>] {
  const Grad: Op<Attrs> = {
    name: `${name}Grad`,
    infer([g, v]) {
      if (g!.shape.join() !== v!.shape.join())
        throw new Error(
          `${name}Grad expects two tensors of the same shape, got ${showShape(g!.shape)} and ${showShape(v!.shape)}.`,
        );
      return { shape: g!.shape, dtype: g!.dtype };
    },
    reference([g, v], attrs, out) {
      const [from, at, to] = [elements(g!), elements(v!), elements(out)];
      for (let i = 0; i < to.length; i++) to[i] = from[i]! * derivative(at[i]!, attrs);
    },
    decompose: ([g, v], attrs) => mul(g!, derivativeParts(v!, attrs)),
  };
  const gradient: Gradient<Attrs> = {
    uses: [of === 'input' ? 0 : 'output'],
    rules: [(g, { inputs: [x], output, attrs }) => apply(Grad, [g, of === 'input' ? x! : output], attrs)],
  };
  const Forward: Op<Attrs> = {
    name,
    infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
    reference([x], attrs, out) {
      const [from, to] = [elements(x!), elements(out)];
      for (let i = 0; i < to.length; i++) to[i] = f(from[i]!, attrs);
    },
    ...(parts && { decompose: ([x]: readonly Tensor[], attrs: Attrs) => parts(x!, attrs) }),
    gradient,
  };
  return [Forward, Grad];
}

/** 1 where a condition holds, otherwise 0, in the tensor's dtype. */
const where1 = (condition: Tensor, { dtype }: Tensor): Tensor => cast(condition, dtype);
const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));

/** max(x, 0); NaN stays NaN. */
export const [Relu, ReluGrad] = activation({
  name: 'relu',
  f: (x) => (x < 0 ? 0 : x),
  parts: (x) => maximum(x, 0), // NaN stays NaN
  of: 'output',
  derivative: (y) => (y > 0 ? 1 : 0),
  derivativeParts: (y) => where1(greater(y, 0), y),
});
/** 1 / (1 + e⁻ˣ). */
export const [Sigmoid, SigmoidGrad] = activation({
  name: 'sigmoid',
  f: sigmoidOf,
  parts: (x) => reciprocal(add(exp(neg(x)), 1)),
  of: 'output',
  derivative: (y) => y * (1 - y),
  derivativeParts: (y) => mul(y, sub(1, y)),
});
/** The hyperbolic tangent. */
export const [Tanh, TanhGrad] = activation({
  name: 'tanh',
  f: Math.tanh,
  parts: (x) => sub(mul(sigmoid(mul(x, 2)), 2), 1),
  of: 'output',
  derivative: (y) => 1 - y * y,
  derivativeParts: (y) => sub(1, square(y)),
});
/** x · sigmoid(x), also called swish. */
export const [Silu, SiluGrad] = activation({
  name: 'silu',
  f: (x) => x * sigmoidOf(x),
  parts: (x) => mul(x, sigmoid(x)),
  of: 'input',
  derivative: (x) => {
    const s = sigmoidOf(x);
    return s * (1 + x * (1 - s));
  },
  derivativeParts: (x) => {
    const s = sigmoid(x);
    return mul(s, add(mul(x, sub(1, s)), 1));
  },
});
/** x · Φ(x) with the exact normal distribution function (Hendrycks and Gimpel 2016). */
export const [Gelu, GeluGrad] = activation({
  name: 'gelu',
  f: (x) => x * normalCdf(x),
  parts: (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)),
  of: 'input',
  derivative: (x) => normalCdf(x) + x * normalPdf(x),
  derivativeParts: (x) =>
    add(
      mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5),
      mul(x, mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))),
    ),
});
/** The error function. */
export const [Erf, ErfGrad] = activation({
  name: 'erf',
  f: erfOf,
  of: 'input',
  derivative: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  derivativeParts: (x) => mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)),
});
/** log(1 + eˣ), without overflow. */
export const [Softplus, SoftplusGrad] = activation({
  name: 'softplus',
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  parts: (x) => add(maximum(x, 0), log(add(exp(neg(abs(x))), 1))),
  of: 'input',
  derivative: sigmoidOf,
  derivativeParts: (x) => sigmoid(x),
});
/** The slope and the height at 0. */
export interface HardSigmoidAttrs {
  readonly alpha: number;
  readonly beta: number;
}
/** clip(alpha · x + beta, 0, 1) */
export const [HardSigmoid, HardSigmoidGrad] = activation<HardSigmoidAttrs>({
  name: 'hardSigmoid',
  f: (x, { alpha, beta }) => Math.min(Math.max(alpha * x + beta, 0), 1),
  parts: (x, { alpha, beta }) => minimum(maximum(add(mul(x, alpha), beta), 0), 1),
  of: 'output',
  derivative: (y, { alpha }) => (y > 0 && y < 1 ? alpha : 0),
  derivativeParts: (y, { alpha }) => mul(where1(and(greater(y, 0), less(y, 1)), y), alpha),
});
/** x · clip(x / 6 + 1/2, 0, 1) (Howard et al. 2019). */
export const [HardSwish, HardSwishGrad] = activation({
  name: 'hardSwish',
  f: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  parts: (x) => mul(x, hardSigmoid(x)),
  of: 'input',
  derivative: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
  derivativeParts: (x) =>
    add(mul(where1(and(greater(x, -3), less(x, 3)), x), add(div(x, 3), 0.5)), where1(greaterEqual(x, 3), x)),
});
/** The bounds. */
export interface ClipAttrs {
  readonly min: number;
  readonly max: number;
}
/** Clamps each element to [min, max]. */
export const [Clip, ClipGrad] = activation<ClipAttrs>({
  name: 'clip',
  f: (x, { min, max }) => (x < min ? min : x > max ? max : x),
  parts: (x, { min, max }) => minimum(maximum(x, min), max),
  of: 'input',
  derivative: (x, { min, max }) => (x >= min && x <= max ? 1 : 0),
  derivativeParts: (x, { min, max }) => sub(1, add(where1(less(x, min), x), where1(greater(x, max), x))),
});
/** x where positive, else alpha · x */
export const [LeakyRelu, LeakyReluGrad] = activation<{ readonly alpha: number }>({
  name: 'leakyRelu',
  f: (x, { alpha }) => (x < 0 ? alpha * x : x),
  parts: (x, { alpha }) => add(maximum(x, 0), mul(minimum(x, 0), alpha)),
  of: 'input',
  derivative: (x, { alpha }) => (x < 0 ? alpha : 1),
  derivativeParts: (x, { alpha }) => add(mul(where1(less(x, 0), x), alpha - 1), 1),
});
/** x where positive, else alpha · (eˣ − 1) */
export const [Elu, EluGrad] = activation<{ readonly alpha: number }>({
  name: 'elu',
  f: (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
  parts: (x, { alpha }) => add(maximum(x, 0), mul(sub(exp(minimum(x, 0)), 1), alpha)),
  of: 'input',
  derivative: (x, { alpha }) => (x < 0 ? alpha * Math.exp(x) : 1),
  derivativeParts: (x, { alpha }) => add(mul(where1(less(x, 0), x), sub(mul(exp(minimum(x, 0)), alpha), 1)), 1),
});

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => apply(Relu, [x], undefined);
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Tensor): Tensor => apply(Sigmoid, [x], undefined);
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => apply(Tanh, [x], undefined);
/** x · sigmoid(x) (Elfwing et al. 2017). */
export const silu = (x: Tensor): Tensor => apply(Silu, [x], undefined);
/** x · Φ(x), by erf (Hendrycks and Gimpel 2016). */
export const gelu = (x: Tensor): Tensor => apply(Gelu, [x], undefined);
/** The error function. */
export const erf = (x: Tensor): Tensor => apply(Erf, [x], undefined);
/** log(1 + eˣ). */
export const softplus = (x: Tensor): Tensor => apply(Softplus, [x], undefined);
/** alpha · x + beta, clamped to [0, 1]. */
export const hardSigmoid = (x: Tensor, alpha = 1 / 6, beta = 0.5): Tensor => apply(HardSigmoid, [x], { alpha, beta });
/** x · hardSigmoid(x) (Howard et al. 2019). */
export const hardSwish = (x: Tensor): Tensor => apply(HardSwish, [x], undefined);
/** Clamps x to [min, max]. */
export const clip = (x: Tensor, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Tensor =>
  apply(Clip, [x], { min, max });
/** x where it is above 0, else alpha · x. */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor => apply(LeakyRelu, [x], { alpha });
/** x where it is above 0, else alpha · (eˣ − 1) (Clevert et al. 2015). */
export const elu = (x: Tensor, alpha = 1): Tensor => apply(Elu, [x], { alpha });

const normalPdf = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const normalCdf = (x: number): number => 0.5 * (1 + erfOf(x * Math.SQRT1_2));

/** The error function to double precision: its Taylor series near 0, a continued fraction of erfc beyond (Abramowitz and Stegun 7.1.5, 7.1.14). */
function erfOf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}
