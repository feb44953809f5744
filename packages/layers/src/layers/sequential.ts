import { drop, scope, Tensor } from '@graft/tensor';
import type { AnyModule, ModuleInput } from '../inputs.ts';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';

/** Applies modules in order. Parameters are named `0.weight`, `1.bias` … as in PyTorch. It takes the input of its first module. */
export class Sequential<In extends ModuleInput = Tensor> extends Module<In> {
  readonly layers: readonly AnyModule[];
  /** The field whose modules keep their own names. */
  get childrenField(): string {
    return 'layers';
  }

  constructor(first: Module<In>, ...rest: readonly Module[]);
  constructor(...layers: readonly Module<In>[]);
  constructor(...layers: readonly AnyModule[]) {
    super();
    this.layers = layers;
  }

  override forward(input: In, run: Run = inference): Tensor {
    let hidden: ModuleInput = input;
    for (const layer of this.layers) {
      const before: ModuleInput = hidden;
      const next: Tensor = scope(() => layer.forward(before, run));
      // The tape holds what it needs; other intermediates can be freed.
      if (before instanceof Tensor && next !== before && before !== input) drop(before);
      hidden = next;
    }
    return hidden as Tensor;
  }
}
