import { flatten, reshape, type Shape, sizeOf, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { nameOf, checkInteger } from './check-shape.ts';

/** Flattens all dimensions from `start`: [batch, ...] → [batch, features] by default. */
export class Flatten extends Module {
  private readonly start: number;
  constructor({ start = 1 }: { readonly start?: number } = {}) {
    super();
    this.start = start;
  }
  override forward(x: Tensor): Tensor {
    if (x.shape.at(this.start) === undefined && this.start !== x.rank)
      throw new Error(`${nameOf(this)} expects an axis ${this.start}, got [${x.shape.join(', ')}].`);
    return flatten(x, this.start);
  }
}

export interface UnflattenOptions {
  /** The axis to split; default 1. */
  readonly axis?: number;
  /** The new sizes; one may be -1, which is inferred. */
  readonly sizes: Shape;
}

/** Splits one dimension into several: [batch, features] → [batch, ...sizes] by default. */
export class Unflatten extends Module {
  private readonly axis: number;
  private readonly sizes: Shape;
  constructor({ axis = 1, sizes }: UnflattenOptions) {
    super();
    if (!sizes?.length) throw new Error('Unflatten expects one or more sizes, got none.');
    for (const size of sizes) if (size !== -1) checkInteger('Unflatten', { size });
    if (sizes.filter((size) => size === -1).length > 1)
      throw new Error(`Unflatten expects at most one -1 in sizes, got [${sizes.join(', ')}].`);
    this.axis = axis;
    this.sizes = sizes;
  }
  override forward(x: Tensor): Tensor {
    const own = this.axis < 0 ? this.axis + x.rank : this.axis;
    const known = sizeOf(this.sizes.filter((size) => size !== -1));
    const length = x.shape[own];
    if (length === undefined || (this.sizes.includes(-1) ? length % known : length !== known))
      throw new Error(
        `${nameOf(this)} cannot split axis ${this.axis} into [${this.sizes.join(', ')}], got [${x.shape.join(', ')}].`,
      );
    return reshape(x, [
      ...x.shape.slice(0, own),
      ...this.sizes.map((size) => (size === -1 ? length / known : size)),
      ...x.shape.slice(own + 1),
    ]);
  }
}
