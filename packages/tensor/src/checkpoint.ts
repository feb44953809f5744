import { apply } from './apply.ts';
import { vjp } from './autograd.ts';
import type { Call, Op } from './op.ts';
import { Parameter } from './parameter.ts';
import { own } from './scope.ts';
import { isTracked, noGrad } from './tape.ts';
import type { Tensor } from './tensor.ts';

interface CheckpointAttrs {
  readonly fn: () => Tensor;
  /** Gradients computed together, each returned by the rule of its input. */
  readonly grads: Map<number, Tensor>;
}

/** The identity on a value, whose gradients come from recomputing it. Inputs: the value, then the tensors it depends on. */
const Checkpoint: Op<CheckpointAttrs> = {
  name: 'checkpoint',
  alias: true,
  infer: ([value]) => ({ shape: value!.shape, dtype: value!.dtype }),
  gradient: {
    uses: ['inputs'],
    rules: (i) => (i === 0 ? null : (g, call) => gradOf(i, g, call as Call<CheckpointAttrs>)),
  },
};

/** The first rule computes all requested gradients. */
function gradOf(input: number, g: Tensor, call: Call<CheckpointAttrs>): Tensor {
  const {
    inputs,
    attrs: { fn, grads },
  } = call;
  if (!grads.has(input)) {
    const wanted = inputs.map((_, i) => i).filter((i) => i > 0 && call.needsGradient(i));
    for (const [k, grad] of vjp(
      fn,
      wanted.map((i) => inputs[i]!),
      g,
    ).grads.entries())
      grads.set(wanted[k]!, grad.retain());
  }
  const grad = grads.get(input)!;
  grads.delete(input);
  return own(grad.reclaim());
}

/**
 * Gradient checkpointing: the function's intermediate values are recomputed in the backward pass instead of stored (Chen et al. 2016).
 * @param fn a deterministic function; it is called twice
 * @param from every tensor and parameter that `fn` depends on and that may be trained
 */
export function checkpoint(fn: () => Tensor, from: readonly (Tensor | Parameter)[]): Tensor {
  const inputs = from.map((slot) => (slot instanceof Parameter ? slot.value : slot));
  return isTracked(inputs) ? apply(Checkpoint, [noGrad(fn), ...inputs], { fn, grads: new Map() }) : fn();
}
