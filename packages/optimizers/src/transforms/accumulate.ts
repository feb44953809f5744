import { add, filled, mul } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';

/** Gradient accumulation: averages gradients over `every` steps, then performs one step of the inner transform, for batches larger than memory. The inner transform counts its own steps. */
export function accumulate(inner: GradientTransform, { every }: { every: number }): GradientTransform {
  if (!(Number.isInteger(every) && every >= 1)) throw new Error(`accumulate expects 1 or more steps, got ${every}.`);
  return {
    name: `accumulate(${inner.name})`,
    init: (slots) => [zerosFor(slots), ...inner.init(slots)],
    update(grads, [sums, ...state], slots, step) {
      const next = grads.map((grad, i) => add(sums![i]!, grad));
      if ((step + 1) % every) return [grads.map((grad) => filled(grad, 0)), [next, ...state]];
      const [updates, after] = inner.update(
        next.map((sum) => mul(sum, 1 / every)),
        state,
        slots,
        Math.floor(step / every),
      );
      return [updates, [zerosFor(slots), ...after]];
    },
    ...(inner.learningRate && { learningRate: (step) => inner.learningRate!(Math.floor(step / every)) }),
    ...(inner.evaluated && { evaluated: ([, ...state], slots) => inner.evaluated!(state, slots) }),
  };
}
