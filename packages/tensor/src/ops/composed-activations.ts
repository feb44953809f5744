// Activations composed of other ops: one line each, with no gradient to write.
import type { Tensor } from '../tensor.ts';
import { clip, elu, relu, sigmoid, softplus, tanh } from './activation.ts';
import { abs, add, div, mul, neg, sub } from './arithmetic.ts';
import { cast } from './cast.ts';
import { greater, less } from './comparison.ts';
import { narrow } from './movement.ts';

/** x / (1 + |x|) */
export const softsign = (x: Tensor): Tensor => div(x, add(abs(x), 1));
/** x · tanh(log(1 + eˣ)) (Misra 2019). */
export const mish = (x: Tensor): Tensor => mul(x, tanh(softplus(x)));
/** ELU scaled to keep activations at mean 0 and variance 1 (Klambauer et al. 2017). */
export const selu = (x: Tensor, alpha = 1.6732632423543772, gamma = 1.0507009873554805): Tensor =>
  mul(elu(x, alpha), gamma);
/** x where positive, else alpha · (e^(x / alpha) − 1): smooth for any alpha (Barron 2017). */
export const celu = (x: Tensor, alpha = 1): Tensor => mul(elu(div(x, alpha), 1), alpha);
/** x where positive, otherwise slope · x; the slope broadcasts. (He et al. 2015) As in PyTorch, the derivative at 0 is the slope. */
export const prelu = (x: Tensor, slope: Tensor): Tensor =>
  add(relu(x), mul(slope, clip(x, Number.NEGATIVE_INFINITY, 0)));
/** log(sigmoid(x)), without overflow. */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));
/** x − tanh(x) */
export const tanhshrink = (x: Tensor): Tensor => sub(x, tanh(x));
/** x moved towards 0 by lambda, and 0 within ±lambda. */
export const softshrink = (x: Tensor, lambda = 0.5): Tensor => sub(x, clip(x, -lambda, lambda));
/** x moved towards 0 by the bias outside ±lambda; 0 inside. */
export const shrink = (x: Tensor, lambda = 0.5, bias = 0): Tensor =>
  add(mul(cast(less(x, -lambda), x.dtype), add(x, bias)), mul(cast(greater(x, lambda), x.dtype), sub(x, bias)));
/** The first half along an axis times the sigmoid of the second (Dauphin et al. 2017). */
export function glu(x: Tensor, axis = -1): Tensor {
  const half = (x.shape.at(axis) ?? 0) / 2;
  return mul(narrow(x, axis, 0, half), sigmoid(narrow(x, axis, half, half)));
}
/** The tanh approximation of GELU (Hendrycks and Gimpel 2016). */
export const tanhGelu = (x: Tensor): Tensor =>
  mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1));
