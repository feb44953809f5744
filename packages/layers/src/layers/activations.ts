import {
  celu,
  clip,
  div,
  elu,
  gelu,
  glu,
  greater,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  mul,
  neg,
  relu,
  scalar,
  scope,
  selu,
  shrink,
  sigmoid,
  silu,
  softmax,
  softplus,
  softshrink,
  softsign,
  tanh,
  tanhGelu,
  tanhshrink,
  type Tensor,
  where,
} from '@graft/tensor';
import { Module } from '../module.ts';
import { nameOf } from './check-shape.ts';

/** max(x, 0). */
// One activation a line.
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}
/** Clamps each element to [0, 6]. */
export class ReLU6 extends Module {
  override forward(x: Tensor): Tensor {
    return clip(x, 0, 6);
  }
}
/** x · sigmoid(x) (Elfwing et al. 2017). */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}
/** 1 / (1 + e⁻ˣ). */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}
/** The hyperbolic tangent. */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}
/** x · Hardsigmoid(x) (Howard et al. 2019). */
export class Hardswish extends Module {
  override forward(x: Tensor): Tensor {
    return hardSwish(x);
  }
}
/** x / 6 + 1/2, clamped to [0, 1]. */
export class Hardsigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return hardSigmoid(x);
  }
}
/** Scaled ELU. (Klambauer et al. 2017) */
export class SELU extends Module {
  override forward(x: Tensor): Tensor {
    return scope(() => selu(x));
  }
}
/** x / (1 + |x|) */
export class Softsign extends Module {
  override forward(x: Tensor): Tensor {
    return scope(() => softsign(x));
  }
}
/** x · tanh(log(1 + eˣ)). (Misra 2019) */
export class Mish extends Module {
  override forward(x: Tensor): Tensor {
    return scope(() => mish(x));
  }
}
/** log(sigmoid(x)). */
export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return scope(() => logSigmoid(x));
  }
}
/** x − tanh(x) */
export class Tanhshrink extends Module {
  override forward(x: Tensor): Tensor {
    return scope(() => tanhshrink(x));
  }
}

/** x · Φ(x), or its tanh approximation. (Hendrycks and Gimpel 2016) */
export class GELU extends Module {
  private readonly approximate: 'none' | 'tanh';
  constructor({ approximate = 'none' }: { readonly approximate?: 'none' | 'tanh' } = {}) {
    super();
    if (approximate !== 'none' && approximate !== 'tanh')
      throw new Error(`GELU expects approximate to be none or tanh, got "${String(approximate)}".`);
    this.approximate = approximate;
  }
  override forward(x: Tensor): Tensor {
    return this.approximate === 'tanh' ? scope(() => tanhGelu(x)) : gelu(x);
  }
}
/** x where positive, else negativeSlope · x. */
export class LeakyReLU extends Module {
  private readonly slope: number;
  constructor({ negativeSlope = 0.01 }: { readonly negativeSlope?: number } = {}) {
    super();
    this.slope = negativeSlope;
  }
  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.slope);
  }
}
/** x where positive, else alpha · (eˣ − 1). (Clevert et al. 2016) */
export class ELU extends Module {
  private readonly alpha: number;
  constructor({ alpha = 1 }: { readonly alpha?: number } = {}) {
    super();
    this.alpha = alpha;
  }
  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }
}
/** x where positive, else alpha · (e^(x / alpha) − 1). (Barron 2017) */
export class CELU extends Module {
  private readonly alpha: number;
  constructor({ alpha = 1 }: { readonly alpha?: number } = {}) {
    super();
    if (alpha === 0) throw new Error('CELU expects an alpha other than 0, got 0.');
    this.alpha = alpha;
  }
  override forward(x: Tensor): Tensor {
    return scope(() => celu(x, this.alpha));
  }
}
/** log(1 + e^(beta · x)) / beta */
export class Softplus extends Module {
  private readonly beta: number;
  constructor({ beta = 1 }: { readonly beta?: number } = {}) {
    super();
    if (!(beta > 0)) throw new Error(`Softplus expects a beta above 0, got ${beta}.`);
    this.beta = beta;
  }
  override forward(x: Tensor): Tensor {
    return this.beta === 1 ? softplus(x) : scope(() => div(softplus(mul(x, this.beta)), this.beta));
  }
}
/** Clamps each element to [min, max]. */
export class Hardtanh extends Module {
  private readonly min: number;
  private readonly max: number;
  constructor({ min = -1, max = 1 }: { readonly min?: number; readonly max?: number } = {}) {
    super();
    if (!(min < max)) throw new Error(`Hardtanh expects a min below its max, got ${min} and ${max}.`);
    [this.min, this.max] = [min, max];
  }
  override forward(x: Tensor): Tensor {
    return clip(x, this.min, this.max);
  }
}
/** x moved towards 0 by lambda; 0 within ±lambda. */
export class Softshrink extends Module {
  private readonly lambda: number;
  constructor({ lambda = 0.5 }: { readonly lambda?: number } = {}) {
    super();
    this.lambda = wantReach('Softshrink', lambda);
  }
  override forward(x: Tensor): Tensor {
    return scope(() => softshrink(x, this.lambda));
  }
}
/** x, but 0 within ±lambda. */
export class Hardshrink extends Module {
  private readonly lambda: number;
  constructor({ lambda = 0.5 }: { readonly lambda?: number } = {}) {
    super();
    this.lambda = wantReach('Hardshrink', lambda);
  }
  override forward(x: Tensor): Tensor {
    return scope(() => shrink(x, this.lambda));
  }
}
/** x where it is above the threshold, otherwise a fixed value. */
export class Threshold extends Module {
  private readonly threshold: number;
  private readonly value: number;
  constructor({ threshold, value }: { readonly threshold: number; readonly value: number }) {
    super();
    if (![threshold, value].every(Number.isFinite))
      throw new Error(`Threshold expects two numbers, got a threshold of ${threshold} and a value of ${value}.`);
    [this.threshold, this.value] = [threshold, value];
  }
  override forward(x: Tensor): Tensor {
    return scope(() => where(greater(x, this.threshold), x, scalar(this.value, x)));
  }
}
/** The first half along an axis times the sigmoid of the second: the axis is halved. (Dauphin et al. 2017) */
export class GLU extends Module {
  private readonly axis: number;
  constructor({ axis = -1 }: { readonly axis?: number } = {}) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    const length = wantAxis(this, x, this.axis);
    if (length % 2)
      throw new Error(
        `${nameOf(this)} expects an even number of elements along axis ${this.axis}, got [${x.shape.join(', ')}].`,
      );
    return scope(() => glu(x, this.axis));
  }
}
/** Probabilities along an axis. */
export class Softmax extends Module {
  private readonly axis: number;
  constructor({ axis = -1 }: { readonly axis?: number } = {}) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    wantAxis(this, x, this.axis);
    return softmax(x, this.axis);
  }
}
/** Softmax of −x: the smallest element gets the highest probability. */
export class Softmin extends Module {
  private readonly axis: number;
  constructor({ axis = -1 }: { readonly axis?: number } = {}) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    wantAxis(this, x, this.axis);
    return scope(() => softmax(neg(x), this.axis));
  }
}
/** Log-probabilities along an axis. */
export class LogSoftmax extends Module {
  private readonly axis: number;
  constructor({ axis = -1 }: { readonly axis?: number } = {}) {
    super();
    this.axis = axis;
  }
  override forward(x: Tensor): Tensor {
    wantAxis(this, x, this.axis);
    return logSoftmax(x, this.axis);
  }
}

function wantReach(kind: string, lambda: number): number {
  if (!(lambda >= 0)) throw new Error(`${kind} expects a lambda of 0 or more, got ${lambda}.`);
  return lambda;
}

/** The length of an axis. */
function wantAxis(layer: Module, x: Tensor, axis: number): number {
  const length = x.shape.at(axis);
  if (length === undefined || !Number.isInteger(axis))
    throw new Error(`${nameOf(layer)} expects an axis ${axis}, got [${x.shape.join(', ')}].`);
  return length;
}
