import { bufferOf, initialise, type Loss, Module } from '@graft/layers';
import { add, div, mul, type Parameter, type Tensor, tensor } from '@graft/tensor';

export interface RescalingOptions {
  /** One number for each output; a deviation, where what comes in is standardised. */
  readonly scale: readonly number[];
  /** One number for each output; the mean. */
  readonly offset: readonly number[];
}

/** x · scale + offset, output by output of [batch, outputs]: puts standardised answers back into the units of what is predicted. Its numbers do not learn, and are exported with the model. */
export class Rescaling extends Module {
  readonly scale: Parameter;
  readonly offset: Parameter;

  /** @throws where there is not one offset for each scale, or a scale is not above 0 */
  constructor({ scale, offset }: RescalingOptions) {
    super();
    if (!scale.length || scale.length !== offset.length)
      throw new Error(
        `Rescaling wants one offset for each scale, got ${scale.length} scales and ${offset.length} offsets.`,
      );
    for (const value of scale)
      if (!(value > 0 && value < Infinity)) throw new Error(`Rescaling wants scales above 0, got ${value}.`);
    this.scale = bufferOf([scale.length], 1);
    this.offset = bufferOf([offset.length], 0);
    initialise(this.scale, () => Float32Array.from(scale));
    initialise(this.offset, () => Float32Array.from(offset));
  }

  override forward(x: Tensor): Tensor {
    return add(mul(x, this.scale.value), this.offset.value);
  }
}

/** Mean and deviation of each number of samples [numbers], as {@link Rescaling} takes them; 1 where all are alike. */
export function standardisation(targets: readonly ArrayLike<number>[]): RescalingOptions {
  if (!targets.length) throw new Error('standardisation wants the numbers of one sample or more, got none.');
  const columns = Array.from({ length: targets[0]!.length }, (_, k) => targets.map((target) => target[k]!));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const offset = columns.map(mean);
  return {
    offset,
    scale: columns.map((column, k) => Math.sqrt(mean(column.map((value) => (value - offset[k]!) ** 2))) || 1),
  };
}

/** A loss of differences in units of `scale`, so that numbers of any size learn alike and each output counts as much as another. */
export const inUnitsOf =
  (scale: readonly number[], loss: Loss): Loss =>
  (output, target) => {
    const unit = tensor(scale, { dtype: output.dtype, backend: output.backend });
    return loss(div(output, unit), div(target, unit));
  };
