import { add, mul } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { asSchedule, type Schedule } from '../schedule.ts';

/** A running sum of gradients, each older one smaller by `decay`, which may change with the step: momentum, as PyTorch's SGD has it. */
export function momentum({
  decay = 0.9,
  nesterov = false,
}: { decay?: number | Schedule; nesterov?: boolean } = {}): GradientTransform {
  if (typeof decay === 'number' && !(decay >= 0 && decay < 1))
    throw new Error(`Momentum must be from 0 up to, not including, 1; got ${decay}.`);
  const schedule = asSchedule(decay);
  return {
    name: 'momentum',
    parts: [{ kind: 'momentum', decay: schedule, nesterov }],
    init: (slots) => [zerosFor(slots)],
    update(grads, [velocities], _, step) {
      const decay = schedule(step);
      const next = grads.map((grad, i) => add(mul(velocities![i]!, decay), grad));
      return [nesterov ? grads.map((grad, i) => add(grad, mul(next[i]!, decay))) : next, [next]];
    },
  };
}
