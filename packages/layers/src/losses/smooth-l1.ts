import { div } from '@graft/tensor';
import type { Loss } from '../loss.ts';
import { huber } from './huber.ts';
import { l1 } from './l1.ts';
import { matchTarget } from './match-target.ts';

export interface SmoothL1Options {
  /** Where the loss changes from quadratic to linear; default 1. At 0 the loss is {@link l1}. */
  readonly beta?: number;
}

/** Quadratic near 0, linear with slope 1 beyond (Girshick 2015): {@link huber} divided by `beta`. Output and target have the same shape. */
export function smoothL1({ beta = 1 }: SmoothL1Options = {}): Loss {
  if (!(beta >= 0)) throw new Error(`smoothL1 expects a beta of 0 or more, got ${beta}.`);
  const distance = beta === 0 ? l1() : huber({ delta: beta });
  return (output, target) => div(distance(output, matchTarget('smoothL1', output, target)), beta || 1);
}
