import { equalAverage, exponentialAverage, type WeightAverage } from '@graft/optimizers';
import { type HostArray, isFloat } from '@graft/tensor';
import type { Callback, TrainState } from '@graft/train';

export interface WeightAverageOptions {
  /** 'exponential' forgets, and takes weights in after each step; 'equal' is their mean at the ends of epochs (stochastic weight averaging). */
  readonly kind?: 'exponential' | 'equal';
  /** Of 'exponential': the share of the average that each step keeps; default 0.999. */
  readonly decay?: number;
  /** The first epoch, from 0, whose weights are taken in. */
  readonly from?: number;
  /** Whether the run ends with the average in the model; default true. */
  readonly keep?: boolean;
}

/**
 * Evaluates with a running average of the weights that learn and of running statistics, and trains on with their own. From
 * validation to the epoch's end the average is in the model, so that callbacks after this one in the list keep what was evaluated.
 */
export function weightAverage({
  kind = 'exponential',
  decay = 0.999,
  from = 0,
  keep = true,
}: WeightAverageOptions = {}): Callback {
  if (kind !== 'exponential' && kind !== 'equal')
    throw new Error(`weightAverage wants a kind of "exponential" or "equal", got ${JSON.stringify(kind)}.`);
  if (!(decay >= 0 && decay < 1))
    throw new Error(`weightAverage wants a decay from 0 up to, not including, 1; got ${decay}.`);
  if (!(Number.isInteger(from) && from >= 0))
    throw new Error(`weightAverage wants "from" to be a number of epochs, 0 or more, got ${from}.`);
  let average: WeightAverage | undefined;
  let swapped = false;
  let pending:
    | { readonly updates: number; readonly swapped: boolean; readonly tensors: ReadonlyMap<string, HostArray> }
    | undefined;
  const swap = (to: boolean): void => {
    if (swapped === to || !average?.updates) return;
    average.swap();
    swapped = to;
  };
  const takeEpoch = ({ epoch }: TrainState): void => {
    if (kind === 'equal' && epoch >= from && !swapped) average!.update();
  };
  return {
    name: 'weightAverage',
    beforeFit({ model, optimizer }) {
      const statistics = [...model.parameters()].flatMap(([, parameter]) =>
        parameter.kind === 'buffer' && !parameter.frozen && isFloat(parameter.value.dtype) ? [parameter] : [],
      );
      const parameters = [...optimizer.parameters, ...statistics];
      average = kind === 'equal' ? equalAverage(parameters) : exponentialAverage(parameters, { decay });
      swapped = false;
      if (!pending) return;
      average.restore(pending.tensors, pending.updates);
      swapped = pending.swapped;
      pending = undefined;
    },
    beforeEpoch: () => swap(false),
    afterStep({ epoch }) {
      if (kind === 'exponential' && epoch >= from) average!.update();
    },
    beforeValidation(state) {
      takeEpoch(state);
      swap(true);
    },
    afterEpoch(state) {
      takeEpoch(state); // where there was no validation
      swap(true);
    },
    afterFit() {
      swap(keep);
      average?.dispose();
      average = undefined;
    },
    save: () => ({ updates: average?.updates ?? 0, swapped }),
    saveTensors: async () => (await average?.state()) ?? new Map(),
    restore(saved, tensors) {
      const { updates, swapped } = (saved ?? {}) as Partial<Record<'updates' | 'swapped', unknown>>;
      if (!Number.isSafeInteger(updates))
        throw new Error(
          'The saved state of weightAverage does not say how many updates it had. It belongs to another callback.',
        );
      pending = { updates: updates as number, swapped: swapped === true, tensors };
    },
  };
}
