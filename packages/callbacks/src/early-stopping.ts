import type { Callback } from '@graft/train';
import { BestWeights } from './best-weights.ts';
import type { MonitorOptions } from './monitor.ts';

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Number of epochs without improvement after which the run stops; default 5. */
  readonly patience?: number;
  /** Whether to end the run with the weights of its best epoch; default true. */
  readonly restoreBest?: boolean;
}

/** Stops a run that no longer improves, to avoid overfitting. */
export function earlyStopping({ patience = 5, restoreBest = true, ...options }: EarlyStoppingOptions = {}): Callback {
  if (!(Number.isInteger(patience) && patience >= 1))
    throw new Error(`earlyStopping expects a patience of 1 or more epochs, got ${patience}.`);
  const kept = new BestWeights(options);
  const { monitor } = kept;
  return {
    name: 'earlyStopping',
    beforeFit: (state) => monitor.check(state, 'earlyStopping'),
    async afterEpoch(state) {
      const better = restoreBest ? await kept.update(state) : monitor.isBest(state);
      if (!better && state.epoch - monitor.bestEpoch >= patience)
        state.stop(
          monitor.best === undefined
            ? `no valid value for ${patience} epoch${patience === 1 ? '' : 's'}`
            : `no improvement for ${patience} epoch${patience === 1 ? '' : 's'}; best was epoch ${monitor.bestEpoch + 1}`,
        );
    },
    afterFit: ({ model }) => kept.applyTo(model),
    save: () => monitor.save(),
    saveTensors: () => kept.saveTensors(),
    restore: (saved, tensors) => kept.restore(saved, restoreBest ? tensors : new Map()),
  };
}
