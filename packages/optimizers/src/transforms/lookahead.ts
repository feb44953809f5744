import { add, mul, sub } from '@graft/tensor';
import type { GradientTransform } from '../gradient-transform.ts';

export interface LookaheadOptions {
  /** How many steps are tried; default 6. */
  readonly every?: number;
  /** How much of the way they led is taken; default 0.5. */
  readonly share?: number;
}

/** Tries some steps of another transform, then goes a share of their way from where they began (Zhang et al. 2019). */
export function lookahead(
  inner: GradientTransform,
  { every = 6, share = 0.5 }: LookaheadOptions = {},
): GradientTransform {
  if (!(Number.isInteger(every) && every >= 1))
    throw new Error(`lookahead wants a number of steps, 1 or more, got ${every}.`);
  if (!(share > 0 && share <= 1)) throw new Error(`lookahead wants a share above 0, up to 1, got ${share}.`);
  return {
    name: `lookahead(${inner.name})`,
    learningRate: inner.learningRate,
    init: (slots) => [slots.map(({ value }) => mul(value, 1)), ...inner.init(slots)],
    update(grads, [slow, ...state], slots, step) {
      const [updates, after] = inner.update(grads, state, slots, step);
      if ((step + 1) % every) return [updates, [slow!, ...after]];
      const next = slots.map(({ value }, i) => add(slow![i]!, mul(sub(add(value, updates[i]!), slow![i]!), share)));
      return [next.map((target, i) => sub(target, slots[i]!.value)), [next, ...after]];
    },
  };
}
