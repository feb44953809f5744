import { loadWeights, type Module, weightsOf } from '@graft/layers';
import { type HostArray, readAll } from '@graft/tensor';
import type { Callback, TrainState } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';

/** The best epoch of a run. */
export interface BestEpoch {
  /** Counted from 1, as in the log. */
  readonly epoch: number;
  /** The name and value of the monitored number. */
  readonly name: string;
  readonly value: number;
}

/** The callback of {@link bestWeights}. */
export interface BestWeightsCallback extends Callback {
  /** The best epoch so far; undefined before the first one ends. When the run has ended, the model has its weights. */
  readonly best: BestEpoch | undefined;
}

/** Keeps a copy of the weights and running statistics of the best epoch, as evaluated. Frozen parameters are not copied. */
export class BestWeights {
  readonly monitor: Monitor;
  #weights: ReadonlyMap<string, HostArray> | undefined;

  constructor(options: MonitorOptions = {}) {
    this.monitor = new Monitor(options);
  }

  /** Call this at the end of each epoch. Returns whether it is the best so far. */
  async update(state: TrainState): Promise<boolean> {
    if (!this.monitor.isBest(state)) return false;
    const changing = [...state.model.parameters()].filter(([, { frozen }]) => !frozen);
    const useTrainingWeights = state.optimizer.useEvaluationWeights();
    const reading = readAll(changing.map(([, { value }]) => value)); // reads the values as of this call
    useTrainingWeights();
    const values = await reading;
    this.#weights = new Map(changing.map(([path], i) => [path, values[i]!]));
    return true;
  }

  /** Loads the weights of the best epoch into the model and drops the copy. */
  async applyTo(model: Module): Promise<void> {
    const best = this.#weights;
    this.#weights = undefined;
    if (best) loadWeights(model, new Map([...(await weightsOf(model)), ...best]));
  }

  saveTensors(): ReadonlyMap<string, HostArray> {
    return this.#weights ?? new Map();
  }

  restore(saved: unknown, tensors: ReadonlyMap<string, HostArray>): void {
    this.monitor.restore(saved);
    this.#weights = tensors.size ? tensors : undefined;
  }
}

/**
 * Ends a run with the weights and running statistics of its best epoch, also if the run was interrupted and resumed. `best` describes that epoch.
 * Put it after {@link weightAverage}, to keep the averages that were evaluated.
 */
export function bestWeights(options: MonitorOptions = {}): BestWeightsCallback {
  const kept = new BestWeights(options);
  let name: string | undefined;
  return {
    name: 'bestWeights',
    get best() {
      const { best: value, bestEpoch } = kept.monitor;
      return value === undefined || name === undefined ? undefined : { epoch: bestEpoch + 1, name, value };
    },
    beforeFit(state) {
      kept.monitor.check(state, 'bestWeights');
      name = kept.monitor.nameIn(state.logNames);
    },
    afterEpoch: async (state) => void (await kept.update(state)),
    afterFit: ({ model }) => kept.applyTo(model),
    save: () => kept.monitor.save(),
    saveTensors: () => kept.saveTensors(),
    restore: (saved, tensors) => kept.restore(saved, tensors),
  };
}
