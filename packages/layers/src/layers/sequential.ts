import { drop, scope, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';

/** Modules one after another; their parameters are named `0.weight`, `1.bias` … as in PyTorch. */
export class Sequential extends Module {
  readonly layers: readonly Module[];
  /** The field whose modules carry their own names. */
  get childrenField(): string {
    return 'layers';
  }

  constructor(...layers: readonly Module[]) {
    super();
    this.layers = layers;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    let hidden = x;
    for (const layer of this.layers) {
      const next = scope(() => layer.forward(hidden, run));
      // What the tape needs it holds itself; the rest of a layer's work can go.
      if (next !== hidden && hidden !== x) drop(hidden);
      hidden = next;
    }
    return hidden;
  }
}
