import { checkpoint, type Tensor } from '@graft/tensor';
import { type ModuleInput, tensorsOf } from '../inputs.ts';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';

/**
 * A module whose activations are not kept while training but computed anew in the backward pass: memory for about a third more time. Its
 * parameters keep their names, its results their bits. (Chen et al. 2016)
 */
export class Checkpoint<In extends ModuleInput = Tensor> extends Module<In> {
  readonly module: Module<In>;
  /** The module inside carries its own names. */
  readonly childrenField = 'module';

  constructor(module: Module<In>) {
    super();
    this.module = module;
  }

  override forward(input: In, run: Run = inference): Tensor {
    if (!run.training) return this.module.forward(input, run);
    const again = run.random.clone();
    let first = true;
    // Statistics are updated once; the second time random numbers are those of the first.
    const forward = (): Tensor => {
      const own: Run = first ? run : { training: true, random: again.clone(), update: () => undefined };
      first = false;
      return this.module.forward(input, own);
    };
    return checkpoint(forward, [
      ...tensorsOf(input),
      ...[...this.module.parameters()].map(([, parameter]) => parameter).filter(({ trainable }) => trainable),
    ]);
  }
}
