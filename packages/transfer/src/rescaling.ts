import { bufferOf, initialise, type Loss, Module } from '@graft/layers';
import { add, div, mul, type Parameter, type Tensor, tensor } from '@graft/tensor';

export interface RescalingOptions {
  /** One factor per output; the standard deviation, if inputs are standardised. */
  readonly scale: readonly number[];
  /** One offset per output; the mean, if inputs are standardised. */
  readonly offset: readonly number[];
}

/** x · scale + offset for each output of [batch, outputs]: converts standardised predictions back to their original units. Scale and offset are not trained, and are exported with the model. */
export class Rescaling extends Module {
  readonly scale: Parameter;
  readonly offset: Parameter;

  /** @throws if the numbers of scales and offsets differ, or a scale is not above 0 */
  constructor({ scale, offset }: RescalingOptions) {
    super();
    if (!scale.length || scale.length !== offset.length)
      throw new Error(
        `Rescaling expects one offset per scale, got ${scale.length} scales and ${offset.length} offsets.`,
      );
    for (const value of scale)
      if (!(value > 0 && value < Infinity)) throw new Error(`Rescaling expects scales above 0, got ${value}.`);
    this.scale = bufferOf([scale.length], 1);
    this.offset = bufferOf([offset.length], 0);
    initialise(this.scale, () => Float32Array.from(scale));
    initialise(this.offset, () => Float32Array.from(offset));
  }

  override forward(x: Tensor): Tensor {
    return add(mul(x, this.scale.value), this.offset.value);
  }
}

/** Mean and standard deviation of each target value, as options of {@link Rescaling}; the scale of a constant value is 1. @throws if there are no targets */
export function standardisation(targets: readonly ArrayLike<number>[]): RescalingOptions {
  if (!targets.length) throw new Error('standardisation expects the targets of at least one sample, got none.');
  const columns = Array.from({ length: targets[0]!.length }, (_, k) => targets.map((target) => target[k]!));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const offset = columns.map(mean);
  return {
    offset,
    scale: columns.map((column, k) => Math.sqrt(mean(column.map((value) => (value - offset[k]!) ** 2))) || 1),
  };
}

/** Divides outputs and targets by `scale` before the loss, which gives every output the same weight regardless of its magnitude. */
export const inUnitsOf =
  (scale: readonly number[], loss: Loss): Loss =>
  (output, target) => {
    const unit = tensor(scale, { dtype: output.dtype, backend: output.backend });
    return loss(div(output, unit), div(target, unit));
  };
