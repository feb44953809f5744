import type { Callback } from '@graft/train';
import { changedSince, frozenDigests, type FrozenDigests } from './frozen.ts';

/** Checks after each run that no frozen parameter changed, byte by byte. @throws if any did, with their names */
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
          `Frozen parameters changed during training: ${changed.join(', ')}. Check whether a callback sets them.`,
        );
    },
  };
}
