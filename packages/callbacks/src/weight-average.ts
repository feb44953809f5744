import { equalAverage, exponentialAverage, type WeightAverage } from '@graft/optimizers';
import { type HostArray, isFloat } from '@graft/tensor';
import type { Callback, TrainState } from '@graft/train';

/** Options of {@link weightAverage}. */
export interface WeightAverageOptions {
  /** 'exponential' (default): a moving average updated after each step. 'equal': the mean of the weights at the end of each epoch (stochastic weight averaging). */
  readonly kind?: 'exponential' | 'equal';
  /** Decay of the exponential average: the fraction that each update keeps; default 0.999. */
  readonly decay?: number;
  /** The first epoch to average, counted from 0; default 0. */
  readonly from?: number;
  /** Whether the run ends with the average in the model; default true. */
  readonly keep?: boolean;
}

/**
 * Evaluates with a running average of trainable weights and running statistics, while training continues with the original weights. The model has the
 * averaged weights from validation to the end of the epoch, so callbacks after this one in the list save them.
 */
export function weightAverage({
  kind = 'exponential',
  decay = 0.999,
  from = 0,
  keep = true,
}: WeightAverageOptions = {}): Callback {
  if (kind !== 'exponential' && kind !== 'equal')
    throw new Error(`weightAverage expects a kind of "exponential" or "equal", got ${JSON.stringify(kind)}.`);
  if (!(decay >= 0 && decay < 1)) throw new Error(`weightAverage expects a decay in [0, 1), got ${decay}.`);
  if (!(Number.isInteger(from) && from >= 0))
    throw new Error(`weightAverage expects "from" to be an integer of 0 or more, got ${from}.`);
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
      takeEpoch(state); // needed if there was no validation
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
          'The saved state of weightAverage is not valid: it has no number of updates. Use a checkpoint saved with this callback.',
        );
      pending = { updates: updates as number, swapped: swapped === true, tensors };
    },
  };
}
