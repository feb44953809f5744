import { apply } from '../apply.ts';
import type { Op } from '../op.ts';
import { type Shape, showShape, sizeOf } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, mul, sqrt, square, sub } from './arithmetic.ts';
import { elements } from './elementwise.ts';
import { reshape } from './movement.ts';
import { mean } from './reduction.ts';

/** Attributes of {@link Standardize}. */
export interface LayerNormAttrs {
  /** Number of trailing dimensions to normalise together. */
  readonly dims: number;
  readonly epsilon: number;
}

const lastAxes = (rank: number, dims: number): number[] => Array.from({ length: dims }, (_, i) => rank - dims + i);
const rowSize = (shape: Shape, dims: number): number => sizeOf(shape.slice(shape.length - dims));

/** Mean and 1 / √(variance + epsilon) of each row. */
function statistics(
  values: ArrayLike<number>,
  start: number,
  size: number,
  epsilon: number,
): [mean: number, inverse: number] {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < size; i++) sum += values[start + i]!;
  for (let i = 0; i < size; i++) squares += (values[start + i]! - sum / size) ** 2;
  return [sum / size, 1 / Math.sqrt(squares / size + epsilon)];
}

/** (x − mean) / √(variance + epsilon) over the last dimensions, without weight and bias. (Ba et al. 2016) */
export const Standardize: Op<LayerNormAttrs> = {
  name: 'standardize',
  infer([x], { dims }) {
    if (dims < 1 || dims > x!.shape.length)
      throw new Error(`standardize over ${dims} dimensions does not fit ${showShape(x!.shape)}.`);
    return { shape: x!.shape, dtype: x!.dtype };
  },
  reference([x], { dims, epsilon }, out) {
    const [from, to, size] = [elements(x!), elements(out), rowSize(x!.shape, dims)];
    for (let start = 0; start < to.length; start += size) {
      const [center, inverse] = statistics(from, start, size, epsilon);
      for (let i = start; i < start + size; i++) to[i] = (from[i]! - center) * inverse;
    }
  },
  decompose([x], { dims, epsilon }) {
    const axes = lastAxes(x!.rank, dims);
    const centred = sub(x!, mean(x!, axes, true));
    return div(centred, sqrt(add(mean(square(centred), axes, true), epsilon)));
  },
  gradient: { uses: [0], rules: [(g, { inputs: [x], attrs }) => apply(StandardizeGrad, [g, x!], attrs)] },
};

/** The gradient of {@link Standardize}. Inputs: g, x. */
export const StandardizeGrad: Op<LayerNormAttrs> = {
  name: 'standardizeGrad',
  infer: ([g]) => ({ shape: g!.shape, dtype: g!.dtype }),
  reference([g, x], { dims, epsilon }, out) {
    const [grad, from, to, size] = [elements(g!), elements(x!), elements(out), rowSize(g!.shape, dims)];
    for (let start = 0; start < to.length; start += size) {
      const [center, inverse] = statistics(from, start, size, epsilon);
      let [sum, product] = [0, 0];
      for (let i = start; i < start + size; i++) {
        sum += grad[i]!;
        product += grad[i]! * (from[i]! - center) * inverse;
      }
      for (let i = start; i < start + size; i++)
        to[i] = inverse * (grad[i]! - sum / size - ((from[i]! - center) * inverse * product) / size);
    }
  },
  decompose([g, x], attrs) {
    const axes = lastAxes(g!.rank, attrs.dims);
    const centred = sub(x!, mean(x!, axes, true));
    const deviation = sqrt(add(mean(square(centred), axes, true), attrs.epsilon));
    const y = div(centred, deviation);
    return div(sub(sub(g!, mean(g!, axes, true)), mul(y, mean(mul(g!, y), axes, true))), deviation);
  },
};

/** @param dims number of trailing dimensions to normalise together */
export const standardize = (x: Tensor, dims = 1, epsilon = 1e-5): Tensor => apply(Standardize, [x], { dims, epsilon });
/** Layer normalisation over the dimensions that `weight` and `bias` have. */
export const layerNorm = (x: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor =>
  add(mul(standardize(x, weight.rank, epsilon), weight), bias);
/** Group normalisation of [batch, channels, ...]; with as many groups as channels it is instance normalisation. (Wu and He 2018) */
export const groupNorm = (x: Tensor, groups: number, epsilon = 1e-5): Tensor =>
  reshape(standardize(reshape(x, [x.shape[0]!, groups, -1]), 1, epsilon), x.shape);
/** x / √(mean of squares + epsilon) over the last dimensions. (Zhang and Sennrich 2019) */
export const rmsNorm = (x: Tensor, dims = 1, epsilon = 1e-5): Tensor =>
  div(x, sqrt(add(mean(square(x), lastAxes(x.rank, dims), true), epsilon)));
