import { add, mul, sub } from '@graft/tensor';
import type { GradientTransform } from '../gradient-transform.ts';

export interface LookaheadOptions {
  /** Number of fast steps; default 6. */
  readonly every?: number;
  /** Fraction of their total move to keep; default 0.5. */
  readonly share?: number;
}

/** Lookahead: runs several steps of another transform, then moves a fraction of the way from the start (Zhang et al. 2019). */
export function lookahead(
  inner: GradientTransform,
  { every = 6, share = 0.5 }: LookaheadOptions = {},
): GradientTransform {
  if (!(Number.isInteger(every) && every >= 1)) throw new Error(`lookahead expects 1 or more steps, got ${every}.`);
  if (!(share > 0 && share <= 1)) throw new Error(`lookahead expects a share in (0, 1], got ${share}.`);
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
