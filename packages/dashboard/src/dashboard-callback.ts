import type { Callback, TrainState } from '@graft/train';
import { withGradientNorm } from './gradient-norm.ts';
import type { LiveExample, ValidatedBatch } from './held-out.ts';
import type { LiveRun } from './live-run.ts';
import { Pace } from './pace.ts';

/** Runs after what waits in the event loop; browsers have no `setImmediate`. */
const later: (run: () => void) => unknown = globalThis.setImmediate ?? setTimeout;

/** Options of {@link dashboardCallback}. */
export interface DashboardCallbackOptions {
  /** What the page calls this phase of training; default what a `phase` event has called it, else `training`. */
  readonly phase?: string;
  /** Examples of this phase's validation data, in its order; default those of the live run. Give `[]` where it is other data, such as that of a fold. */
  readonly examples?: readonly LiveExample[];
}

/** Milliseconds between looks at speed and memory, and between pauses in which a server can answer; and the share of processor time that looking at gradients may take. */
const [interval, breath, lookShare] = [500, 50, 0.005];

/**
 * Shows a call of `fit` in a live run: epochs, loss, learning rate, gradient norm, throughput, memory, time left and, where the live run knows the
 * objective, outputs for the validation data. It changes no bit of what is learned. Training lets servers and timers of this process run every 50 ms.
 */
export function dashboardCallback(live: LiveRun, { phase, examples }: DashboardCallbackOptions = {}): Callback {
  const { machine } = live;
  const looks = new Pace(lookShare, machine.processorTime);
  let [offset, started, done, samples, since, stepped, breathed] = [0, 0, 0, 0, 0, 0, machine.now()];
  let batches: ValidatedBatch[] = [];
  const stepsOf = ({ epoch, stepInEpoch, stepsPerEpoch = Number.NaN }: TrainState): number =>
    epoch * stepsPerEpoch + stepInEpoch;
  const breathe = async (): Promise<void> => {
    if (machine.now() - breathed < breath) return;
    await new Promise<void>((resolve) => void later(resolve));
    breathed = machine.now();
  };
  const place = ({ epoch, epochs, meanLoss }: TrainState): void => {
    live.epoch = { number: Math.min(epoch + 1, epochs), of: epochs, meanLoss };
  };
  const noteMemory = (step: number): void => {
    const bytes = machine.memory();
    if (bytes !== undefined && live.memory.isNext()) live.memory.add(step, bytes);
  };
  return {
    name: 'dashboard',
    beforeFit(state) {
      live.beginPhase(phase, state.log);
      if (live.steps === 0) live.steps = state.step; // resumed
      offset = live.steps - state.step;
      noteMemory(live.steps);
      started = since = stepped = machine.now();
      [done, samples] = [stepsOf(state), 0];
    },
    beforeEpoch() {
      since += machine.now() - stepped; // validation does not count
    },
    beforeStep: breathe,
    aroundStep(state, run) {
      if (!looks.isDue || !live.gradientNorm.isNext()) return run();
      return withGradientNorm(run, machine.now, (norm, milliseconds) => {
        live.gradientNorm.add(offset + state.step + 1, norm);
        looks.charge(milliseconds);
      });
    },
    afterStep(state) {
      const now = machine.now();
      stepped = now;
      live.steps = offset + state.step;
      samples += state.batchSize;
      if (live.learningRate.isNext()) live.learningRate.add(live.steps, state.optimizer.learningRate() ?? Number.NaN);
      if (now - since < interval) return;
      if (live.throughput.isNext()) live.throughput.add(live.steps, (1000 * samples) / (now - since));
      noteMemory(live.steps);
      [samples, since] = [0, now];
      place(state);
      const [made, all] = [stepsOf(state), state.epochs * (state.stepsPerEpoch ?? Number.NaN)];
      live.secondsLeft = ((now - started) / 1000) * ((all - made) / (made - done));
      live.train(made, all);
    },
    beforeValidation() {
      batches = [];
    },
    async afterValidationBatch(_, outputs, { labels, labelShape }) {
      if (live.heldOut) batches.push({ outputs, labels, labelShape });
      await breathe();
    },
    afterValidation() {
      if (batches.length) live.validated = { batches, examples: examples ?? live.heldOut?.examples ?? [] };
    },
    afterEpoch(state) {
      live.logEpochs(state.log);
      place(state);
    },
    afterFit() {
      live.secondsLeft = undefined;
      live.stage = { what: 'training ended' };
    },
  };
}
