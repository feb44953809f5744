import type { Callback, TrainState } from '@graft/train';
import { withGradientNorm } from './gradient-norm.ts';
import type { LiveExample, ValidatedBatch } from './held-out.ts';
import type { LiveRun } from './live-run.ts';
import { Pace } from './pace.ts';

/** Runs a function after pending events; browsers have no `setImmediate`. */
const defer: (run: () => void) => unknown = globalThis.setImmediate ?? setTimeout;

/** Options of {@link dashboardCallback}. */
export interface DashboardCallbackOptions {
  /** The name of this phase of training; default the name from a `phase` event, or `training`. */
  readonly phase?: string;
  /** Examples of this phase's validation data, in its order; default those of the live run. Pass `[]` if the validation data is different, as in a fold. */
  readonly examples?: readonly LiveExample[];
}

/** Milliseconds between measurements of speed and memory. */
const measureInterval = 500;
/** Milliseconds of training after which servers and timers of this process get to run. */
const yieldInterval = 50;
/** Fraction of the processor time for gradient norms. */
const gradientShare = 0.005;

/**
 * Records a call of `fit` in a live run: epochs, loss, learning rate, gradient norm, throughput, memory, remaining time and, if the live run has an objective, outputs
 * for the validation data. Training results stay bit-identical. Every 50 ms, training lets servers and timers of this process run.
 */
export function dashboardCallback(live: LiveRun, { phase, examples }: DashboardCallbackOptions = {}): Callback {
  const { machine } = live;
  const gradientPace = new Pace(gradientShare, machine.processorTime);
  let [offset, started, done, samples, since, stepped, yielded] = [0, 0, 0, 0, 0, 0, machine.now()];
  let batches: ValidatedBatch[] = [];
  const stepsOf = ({ epoch, stepInEpoch, stepsPerEpoch = Number.NaN }: TrainState): number =>
    epoch * stepsPerEpoch + stepInEpoch;
  const yieldToEvents = async (): Promise<void> => {
    if (machine.now() - yielded < yieldInterval) return;
    await new Promise<void>((resolve) => void defer(resolve));
    yielded = machine.now();
  };
  const updateEpoch = ({ epoch, epochs, meanLoss }: TrainState): void => {
    live.epoch = { number: Math.min(epoch + 1, epochs), of: epochs, meanLoss };
  };
  const recordMemory = (step: number): void => {
    const bytes = machine.memory();
    if (bytes !== undefined && live.memory.isNext()) live.memory.add(step, bytes);
  };
  return {
    name: 'dashboard',
    beforeFit(state) {
      live.beginPhase(phase, state.log);
      if (live.steps === 0) live.steps = state.step; // resumed
      offset = live.steps - state.step;
      recordMemory(live.steps);
      started = since = stepped = machine.now();
      [done, samples] = [stepsOf(state), 0];
    },
    beforeEpoch() {
      since += machine.now() - stepped; // excludes validation from the throughput
    },
    beforeStep: yieldToEvents,
    aroundStep(state, run) {
      if (!gradientPace.isDue || !live.gradientNorm.isNext()) return run();
      return withGradientNorm(run, machine.now, (norm, milliseconds) => {
        live.gradientNorm.add(offset + state.step + 1, norm);
        gradientPace.charge(milliseconds);
      });
    },
    afterStep(state) {
      const now = machine.now();
      stepped = now;
      live.steps = offset + state.step;
      samples += state.batchSize;
      if (live.learningRate.isNext()) live.learningRate.add(live.steps, state.optimizer.learningRate() ?? Number.NaN);
      if (now - since < measureInterval) return;
      if (live.throughput.isNext()) live.throughput.add(live.steps, (1000 * samples) / (now - since));
      recordMemory(live.steps);
      [samples, since] = [0, now];
      updateEpoch(state);
      const [made, all] = [stepsOf(state), state.epochs * (state.stepsPerEpoch ?? Number.NaN)];
      live.secondsLeft = ((now - started) / 1000) * ((all - made) / (made - done));
      live.train(made, all);
    },
    beforeValidation() {
      batches = [];
    },
    async afterValidationBatch(_, outputs, { labels, labelShape }) {
      if (live.heldOut) batches.push({ outputs, labels, labelShape });
      await yieldToEvents();
    },
    afterValidation() {
      if (batches.length) live.validated = { batches, examples: examples ?? live.heldOut?.examples ?? [] };
    },
    afterEpoch(state) {
      live.logEpochs(state.log);
      updateEpoch(state);
    },
    afterFit() {
      live.secondsLeft = undefined;
      live.stage = { what: 'training ended' };
    },
  };
}
