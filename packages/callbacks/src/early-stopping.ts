import { loadWeights, weightsOf } from '@graft/layers';
import type { HostArray } from '@graft/tensor';
import type { Callback } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without a new best before the run ends. */
  readonly patience?: number;
  /** Whether the run ends with the weights of its best epoch. */
  readonly restoreBest?: boolean;
}

/** Ends a run that no longer gets better: an answer to overfitting. */
export function earlyStopping({ patience = 5, restoreBest = true, ...options }: EarlyStoppingOptions = {}): Callback {
  if (!(Number.isInteger(patience) && patience >= 1))
    throw new Error(`earlyStopping wants a patience of 1 or more epochs, got ${patience}.`);
  const monitor = new Monitor(options);
  let weights: ReadonlyMap<string, HostArray> | undefined;
  return {
    name: 'earlyStopping',
    beforeFit: (state) => monitor.check(state, 'earlyStopping'),
    async afterEpoch(state) {
      if (monitor.isBest(state)) weights = restoreBest ? await weightsOf(state.model) : undefined;
      else if (state.epoch - monitor.bestEpoch >= patience)
        state.stop(
          monitor.best === undefined
            ? `no number in ${patience} epoch${patience === 1 ? '' : 's'}`
            : `no better for ${patience} epoch${patience === 1 ? '' : 's'}; best was epoch ${monitor.bestEpoch + 1}`,
        );
    },
    afterFit({ model }) {
      if (weights) loadWeights(model, weights);
      weights = undefined;
    },
    save: () => monitor.save(),
    saveTensors: () => weights ?? new Map(),
    restore(saved, tensors) {
      monitor.restore(saved);
      weights = restoreBest && tensors.size ? tensors : undefined;
    },
  };
}
