import { checkpoint, type Tensor } from '@graft/tensor';
import { type ModuleInput, tensorsOf } from '../inputs.ts';
import { Module } from '../module.ts';
import { inference, type Run } from '../run.ts';

/**
 * Gradient checkpointing: activations are recomputed in the backward pass instead of stored, which saves memory for about a third more time.
 * Parameter names and results, bit for bit, are unchanged (Chen et al. 2016).
 */
export class Checkpoint<In extends ModuleInput = Tensor> extends Module<In> {
  readonly module: Module<In>;
  /** Children keep their own names. */
  readonly childrenField = 'module';

  constructor(module: Module<In>) {
    super();
    this.module = module;
  }

  override forward(input: In, run: Run = inference): Tensor {
    if (!run.training) return this.module.forward(input, run);
    const again = run.random.clone();
    let first = true;
    // Statistics are updated once, and the second pass draws the same random numbers.
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
