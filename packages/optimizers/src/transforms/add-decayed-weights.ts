import { add, mul } from '@graft/tensor';
import { type GradientTransform, stateless } from '../gradient-transform.ts';

/** Adds a fraction of each weight to its update: L2 regularisation before an adaptive transform, decoupled decay (Loshchilov and Hutter 2019) after it. */
export function addDecayedWeights(weightDecay: number): GradientTransform {
  if (!(weightDecay >= 0)) throw new Error(`A weight decay must be 0 or more, got ${weightDecay}.`);
  const decayed = stateless('addDecayedWeights', (grad, slot) =>
    weightDecay * slot.weightDecay === 0 ? grad : add(grad, mul(slot.value, weightDecay * slot.weightDecay)),
  );
  return { ...decayed, parts: [{ kind: 'decay', rate: weightDecay }] };
}
