import { add, mul } from '@graft/tensor';
import { type GradientTransform, zerosFor } from '../gradient-transform.ts';
import { asSchedule, type Schedule } from '../schedule.ts';

/** Momentum as in PyTorch's SGD: a sum of gradients that decays by `decay`, which may be a schedule. */
export function momentum({
  decay = 0.9,
  nesterov = false,
}: { decay?: number | Schedule; nesterov?: boolean } = {}): GradientTransform {
  if (typeof decay === 'number' && !(decay >= 0 && decay < 1))
    throw new Error(`Momentum must be in [0, 1), got ${decay}.`);
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
