import { loadWeights, type Module, weightsOf } from '@graft/layers';
import { type HostArray, readAll } from '@graft/tensor';
import type { Callback, TrainState } from '@graft/train';
import { Monitor, type MonitorOptions } from './monitor.ts';

/** The best epoch of a run. */
export interface BestEpoch {
  /** Counted from 1, as in the log. */
  readonly epoch: number;
  /** What was monitored, and how good it was. */
  readonly name: string;
  readonly value: number;
}

/** The callback of {@link bestWeights}. */
export interface BestWeightsCallback extends Callback {
  /** The best epoch so far, whose weights the model has when the run has ended; undefined before the first one. */
  readonly best: BestEpoch | undefined;
}

/** Keeps the weights and running statistics of the best epoch so far, as they were evaluated: what does not change is left out. */
export class BestWeights {
  readonly monitor: Monitor;
  #weights: ReadonlyMap<string, HostArray> | undefined;

  constructor(options: MonitorOptions = {}) {
    this.monitor = new Monitor(options);
  }

  /** Looks at the epoch that has just ended. Returns whether it is the best so far. */
  async look(state: TrainState): Promise<boolean> {
    if (!this.monitor.isBest(state)) return false;
    const changing = [...state.model.parameters()].filter(([, { frozen }]) => !frozen);
    const learnOn = state.optimizer.useEvaluationWeights();
    const reading = readAll(changing.map(([, { value }]) => value)); // of the values at the call
    learnOn();
    const values = await reading;
    this.#weights = new Map(changing.map(([path], i) => [path, values[i]!]));
    return true;
  }

  /** Puts the weights of the best epoch into the model and forgets them. */
  async putBack(model: Module): Promise<void> {
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
 * Ends a run with the weights and running statistics of its best epoch, in the same bits also where it was killed and resumed. Put it after
 * {@link weightAverage}, whose averages are what was evaluated. `best` says which epoch it was.
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
    afterEpoch: async (state) => void (await kept.look(state)),
    afterFit: ({ model }) => kept.putBack(model),
    save: () => kept.monitor.save(),
    saveTensors: () => kept.saveTensors(),
    restore: (saved, tensors) => kept.restore(saved, tensors),
  };
}
