import { Module } from '@graft/layers';
import type { Tensor } from '@graft/tensor';
import { swish } from './swish.ts';

export interface SwishOptions {
  /** Steepness; default 1. */
  readonly beta?: number;
}

/** x · σ(βx), of any shape. @throws if beta is not a number */
export class SwishLayer extends Module {
  private readonly beta: number;

  constructor({ beta = 1 }: SwishOptions = {}) {
    super();
    if (!Number.isFinite(beta)) throw new Error(`Swish expects beta to be a number, got ${beta}.`);
    this.beta = beta;
  }

  override forward(x: Tensor): Tensor {
    return swish(x, { beta: this.beta });
  }
}
