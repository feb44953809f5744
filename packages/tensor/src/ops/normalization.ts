import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { type Shape, showShape, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, sqrt, square, sub } from './arithmetic.ts';
import { elements } from './elementwise.ts';
import { concat, narrow, reshape } from './movement.ts';
import { mean, sum } from './reduction.ts';

/** All axes but axis 1, the channels. */
const otherAxes = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i).filter((i) => i !== 1);
/** [channels] as it broadcasts against [batch, channels, ...]. */
const alongChannels = (v: Tensor, rank: number): Tensor => reshape(v, [1, -1, ...Array<number>(rank - 2).fill(1)]);
const row = (moments: Tensor, i: number): Tensor => reshape(narrow(moments, 0, i, 1), [-1]);

/** Calls `visit(channel, offset)` for each element. */
function forChannels(shape: Shape, visit: (channel: number, offset: number) => void): void {
  const [n, c] = shape as [number, number];
  const plane = sizeOf(shape.slice(2));
  let at = 0;
  for (let b = 0; b < n; b++) for (let k = 0; k < c; k++) for (let i = 0; i < plane; i++) visit(k, at++);
}

/** Mean and (biased) variance of each channel: [batch, channels, ...] → [2, channels]. */
export const Moments: Op = {
  name: 'moments',
  infer([x]) {
    if (x!.shape.length < 2) throw new Error(`moments expects [batch, channels, ...], got ${showShape(x!.shape)}.`);
    return { shape: [2, x!.shape[1]!], dtype: x!.dtype };
  },
  reference([x], _, out) {
    const from = elements(x!);
    const c = x!.shape[1]!;
    const count = from.length / c;
    const [means, variances] = [new Float64Array(c), new Float64Array(c)];
    forChannels(x!.shape, (k, i) => (means[k]! += from[i]! / count));
    forChannels(x!.shape, (k, i) => (variances[k]! += (from[i]! - means[k]!) ** 2 / count));
    elements(out).set(means);
    elements(out).set(variances, c);
  },
  decompose([x]) {
    const axes = otherAxes(x!.rank);
    const means = mean(x!, axes, true);
    return concat([reshape(means, [1, -1]), reshape(mean(square(sub(x!, means)), axes, true), [1, -1])], 0);
  },
  gradient: {
    uses: [0, 'output'],
    rules: [
      (g, { inputs: [x], output }) => {
        const along = (v: Tensor): Tensor => alongChannels(v, x!.rank);
        const perElement = x!.shape[1]! / x!.size;
        return mul(add(along(row(g, 0)), mul(mul(along(row(g, 1)), 2), sub(x!, along(row(output, 0))))), perElement);
      },
    ],
  },
};

/** Attributes of {@link BatchNorm}. */
export interface BatchNormAttrs {
  readonly epsilon: number;
  /** Whether the moments are those of the input itself; its gradient then includes theirs. */
  readonly training: boolean;
}

/** (x − mean) / √(variance + epsilon) · weight + bias, by channel. Inputs: x, weight, bias, moments [2, channels]. (Ioffe and Szegedy 2015) */
export const BatchNorm: Op<BatchNormAttrs> = {
  name: 'batchNorm',
  infer([x, weight, bias, moments]) {
    const c = x!.shape[1];
    if (c === undefined)
      throw new Error(`batchNorm expects an input of [batch, channels, …], got ${showShape(x!.shape)}.`);
    for (const [name, v] of [
      ['weight', weight],
      ['bias', bias],
    ] as const)
      if (v!.shape.length !== 1 || v!.shape[0] !== c)
        throw new Error(`batchNorm of ${showShape(x!.shape)} expects a ${name} of [${c}], got ${showShape(v!.shape)}.`);
    if (showShape(moments!.shape) !== `[2, ${c}]`)
      throw new Error(
        `batchNorm of ${showShape(x!.shape)} expects moments of [2, ${c}], got ${showShape(moments!.shape)}.`,
      );
    return { shape: x!.shape, dtype: x!.dtype };
  },
  reference([x, weight, bias, moments], { epsilon }, out) {
    const c = x!.shape[1]!;
    const [from, w, b, m, to] = [elements(x!), elements(weight!), elements(bias!), elements(moments!), elements(out)];
    const scale = Float64Array.from({ length: c }, (_, k) => w[k]! / Math.sqrt(m[c + k]! + epsilon));
    forChannels(x!.shape, (k, i) => (to[i] = (from[i]! - m[k]!) * scale[k]! + b[k]!));
  },
  decompose([x, weight, bias, moments], { epsilon }) {
    const along = (v: Tensor): Tensor => alongChannels(v, x!.rank);
    return add(mul(normalized(x!, moments!, epsilon), along(weight!)), along(bias!));
  },
  gradient: {
    uses: [
      [0, 1, 3],
      [0, 3],
      [0, 3],
    ],
    rules: [
      (g, call) => {
        const {
          inputs: [x, weight, , moments],
          attrs,
        } = call;
        return apply(
          BatchNormInputGrad,
          attrs.training
            ? [g, x!, weight!, moments!, call.once('sums', () => batchNormSums(g, x!, moments!, attrs))]
            : [g, x!, weight!, moments!],
          attrs,
        );
      },
      (g, call) =>
        row(
          call.once('sums', () => batchNormSums(g, call.inputs[0]!, call.inputs[3]!, call.attrs)),
          0,
        ),
      (g, call) =>
        row(
          call.once('sums', () => batchNormSums(g, call.inputs[0]!, call.inputs[3]!, call.attrs)),
          1,
        ),
      null, // in training the rule for x includes them; otherwise they are constants
    ],
  },
};

const normalized = (x: Tensor, moments: Tensor, epsilon: number): Tensor => {
  const along = (i: number): Tensor => alongChannels(row(moments, i), x.rank);
  return div(sub(x, along(0)), sqrt(add(along(1), epsilon)));
};

/** Sums over batch and positions of g · x̂ and of g, for the gradients of weight and bias: [2, channels]. Inputs: g, x, moments. */
export const BatchNormSums: Op<BatchNormAttrs> = {
  name: 'batchNormSums',
  infer: ([g]) => ({ shape: [2, g!.shape[1]!], dtype: g!.dtype }),
  reference([g, x, moments], { epsilon }, out) {
    const c = g!.shape[1]!;
    const [grad, from, m] = [elements(g!), elements(x!), elements(moments!)];
    const [products, sums] = [new Float64Array(c), new Float64Array(c)];
    forChannels(g!.shape, (k, i) => {
      products[k]! += (grad[i]! * (from[i]! - m[k]!)) / Math.sqrt(m[c + k]! + epsilon);
      sums[k]! += grad[i]!;
    });
    elements(out).set(products);
    elements(out).set(sums, c);
  },
  decompose([g, x, moments], { epsilon }) {
    const axes = otherAxes(g!.rank);
    return concat(
      [reshape(sum(mul(g!, normalized(x!, moments!, epsilon)), axes), [1, -1]), reshape(sum(g!, axes), [1, -1])],
      0,
    );
  },
};

/** Gradient of batch norm with respect to x. Inputs: g, x, weight, moments, and in training the sums of {@link BatchNormSums}. */
export const BatchNormInputGrad: Op<BatchNormAttrs> = {
  name: 'batchNormInputGrad',
  infer: ([g]) => ({ shape: g!.shape, dtype: g!.dtype }),
  reference([g, x, weight, moments, sums], { epsilon, training }, out) {
    const c = g!.shape[1]!;
    const count = g!.data.length / c;
    const [grad, from, w, m, to] = [elements(g!), elements(x!), elements(weight!), elements(moments!), elements(out)];
    const s = training ? elements(sums!) : new Float64Array(2 * c);
    forChannels(g!.shape, (k, i) => {
      const inverse = 1 / Math.sqrt(m[c + k]! + epsilon);
      const pull = (s[c + k]! + (from[i]! - m[k]!) * inverse * s[k]!) / count;
      to[i] = w[k]! * inverse * (grad[i]! - pull);
    });
  },
  decompose([g, x, weight, moments, sums], { epsilon, training }) {
    const { rank } = g!;
    const along = (v: Tensor): Tensor => alongChannels(v, rank);
    const scale = along(div(weight!, sqrt(add(row(moments!, 1), epsilon))));
    if (!training) return mul(g!, scale);
    // The sums change with g, x and the moments, so second derivatives need the decomposition.
    const count = g!.size / g!.shape[1]!;
    const pull = div(add(along(row(sums!, 1)), mul(normalized(x!, moments!, epsilon), along(row(sums!, 0)))), count);
    return mul(sub(g!, pull), scale);
  },
};

const batchNormSums = (g: Tensor, x: Tensor, moments: Tensor, attrs: BatchNormAttrs): Tensor =>
  apply(BatchNormSums, [g, x, moments], attrs);

/** Mean and biased variance of each channel of [batch, channels, ...], as [2, channels]. */
export const moments = (x: Tensor): Tensor => apply(Moments, [x], undefined);

/** Batch normalisation by given moments [2, channels]; see {@link BatchNorm} for `training`. */
export const batchNorm = (
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  moments: Tensor,
  { epsilon = 1e-5, training = false }: Partial<BatchNormAttrs> = {},
): Tensor => apply(BatchNorm, [x, weight, bias, moments], { epsilon, training });
