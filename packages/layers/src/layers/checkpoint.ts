import { checkpoint, type Tensor } from '@graft/tensor';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';

/**
 * A module whose activations are not kept while training but computed anew in the backward pass: memory for about a third more time. Its
 * parameters keep their names, its results their bits. (Chen et al. 2016)
 */
export class Checkpoint extends Module {
  readonly module: Module;
  /** The module inside carries its own names. */
  readonly childrenField = 'module';

  constructor(module: Module) {
    super();
    this.module = module;
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    if (!run.training) return this.module.forward(x, run);
    const again = run.random.clone();
    let first = true;
    // Statistics are updated once; the second time random numbers are those of the first.
    const forward = (): Tensor => {
      const own: Run = first ? run : { training: true, random: again.clone(), update: () => undefined };
      first = false;
      return this.module.forward(x, own);
    };
    return checkpoint(forward, [
      x,
      ...[...this.module.parameters()].map(([, parameter]) => parameter).filter(({ trainable }) => trainable),
    ]);
  }
}
