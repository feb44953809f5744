import type { Callback } from '@graft/train';
import { changedSince, frozenDigests, type FrozenDigests } from './frozen.ts';

/** Proves after each run that not one byte changed of what was frozen before it. @throws with the parameters that did */
export function checkFrozen(): Callback {
  let before: FrozenDigests | undefined;
  return {
    name: 'checkFrozen',
    async beforeFit({ model }) {
      before = await frozenDigests(model);
    },
    async afterFit({ model }) {
      const changed = await changedSince(model, before ?? new Map());
      if (changed.length)
        throw new Error(
          `Frozen parameters changed in training: ${changed.join(', ')}. Something sets them besides the optimizer; a callback, perhaps.`,
        );
    },
  };
}
