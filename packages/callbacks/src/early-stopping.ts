import type { Callback } from '@graft/train';
import { BestWeights } from './best-weights.ts';
import type { MonitorOptions } from './monitor.ts';

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
  const kept = new BestWeights(options);
  const { monitor } = kept;
  return {
    name: 'earlyStopping',
    beforeFit: (state) => monitor.check(state, 'earlyStopping'),
    async afterEpoch(state) {
      const better = restoreBest ? await kept.look(state) : monitor.isBest(state);
      if (!better && state.epoch - monitor.bestEpoch >= patience)
        state.stop(
          monitor.best === undefined
            ? `no number in ${patience} epoch${patience === 1 ? '' : 's'}`
            : `no better for ${patience} epoch${patience === 1 ? '' : 's'}; best was epoch ${monitor.bestEpoch + 1}`,
        );
    },
    afterFit: ({ model }) => kept.putBack(model),
    save: () => monitor.save(),
    saveTensors: () => kept.saveTensors(),
    restore: (saved, tensors) => kept.restore(saved, restoreBest ? tensors : new Map()),
  };
}
