import type { Loss } from '@graft/layers';
import type { Tensor } from '@graft/tensor';
import type { Callback, EpochLog, Metric, Outputs, TrainState } from '@graft/train';
import type { Reporter } from '../reporter.ts';
import { Pace } from './pace.ts';
import { Track } from './track.ts';
import { RightAnswers, withNorm } from './watched-step.ts';

/** What of a phase's options can be looked in at. */
export interface Watchable {
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly callbacks: readonly Callback[];
}

/** Answers to a batch of the images that are held back, with what these show. */
export interface HeldBatch {
  readonly outputs: Outputs;
  readonly targets: ArrayLike<number>;
}

/** Milliseconds between looks at speed and memory, and the share of the time that looking at gradients may take. */
const [interval, lookShare] = [500, 0.005];

/** What is known of a run while it goes on. It looks in at phases without changing a bit of what they learn. */
export class LiveRun {
  /** What the run is doing, and how much of it is done. */
  stage: { readonly what: string; readonly done?: number; readonly total?: number } = { what: 'starting' };
  readonly warnings: string[] = [];
  readonly learningRate = new Track();
  /** Of the phase that goes on, as are the samples a second: phases differ too much for one chart. */
  gradientNorm = new Track();
  throughput = new Track();
  /** Bytes of the process. */
  readonly memory = new Track();
  /** Of the epoch that goes on, counted from 1, in its phase. */
  epoch: { readonly number: number; readonly of: number; readonly meanLoss: number } | undefined;
  /** Of the phase that goes on. */
  secondsLeft: number | undefined;
  /** Of the latest epoch, in the order of the images. */
  held: readonly HeldBatch[] = [];
  #earlier: readonly EpochLog[] = [];
  #latest: readonly EpochLog[] = [];
  #validating = false;
  /** Of what is learned from, by epoch of the phase. */
  #accuracies: (number | undefined)[] = [];

  /** The finished epochs of all phases; `accuracy` is that of what is learned from, as it was while it was learned. */
  get log(): readonly EpochLog[] {
    return [
      ...this.#earlier,
      ...this.#latest.map((row, i) =>
        this.#accuracies[i] === undefined ? row : { ...row, accuracy: this.#accuracies[i] },
      ),
    ];
  }

  /** The reporter, overheard. */
  overhearing(reporter: Reporter): Reporter {
    return {
      ...reporter,
      warn: (text) => {
        this.warnings.push(text);
        reporter.warn(text);
      },
      count: (what, done, total) => {
        this.stage = { what, done, total };
        reporter.count(what, done, total);
      },
      download: (what, done, total) => {
        this.stage = { what: `downloading ${what}`, done, ...(total !== undefined && { total }) };
        reporter.download(what, done, total);
      },
    };
  }

  /** A phase's options, watched: its loss for the answers in training, its first metric for those to what is held back, a callback for the rest. */
  watching<T extends Watchable>(phase: string, options: T): T {
    const {
      loss,
      metrics: [first, ...others],
      callbacks,
    } = options;
    const right = new RightAnswers();
    return {
      ...options,
      loss: (output: Tensor, target: Tensor) => {
        right.see(output, target);
        return loss(output, target);
      },
      metrics: first ? [this.#keeping(first), ...others] : [],
      callbacks: [...callbacks, this.#callback(phase, right)],
    };
  }

  /** The metric, while the answers that it sees are kept. */
  #keeping(metric: Metric): Metric {
    return {
      ...metric,
      start: () => {
        if (!this.#validating) return metric.start(); // of training data
        const [running, held] = [metric.start(), [] as HeldBatch[]];
        return {
          add(outputs, targets) {
            held.push({ outputs, targets });
            running.add(outputs, targets);
          },
          result: () => {
            this.held = held;
            return running.result();
          },
        };
      },
    };
  }

  #callback(phase: string, right: RightAnswers): Callback {
    const before = this.learningRate.steps.at(-1) ?? 0;
    const looks = new Pace(lookShare);
    let [started, done, samples, since] = [0, 0, 0, 0];
    const stepsOf = ({ epoch, stepInEpoch, stepsPerEpoch = Number.NaN }: TrainState): number =>
      epoch * stepsPerEpoch + stepInEpoch;
    return {
      name: 'dashboard',
      beforeFit: (state) => {
        this.#earlier = this.log;
        [this.#latest, this.#accuracies] = [[], []];
        this.stage = { what: phase };
        [this.gradientNorm, this.throughput] = [new Track(), new Track()];
        if (this.memory.isNext()) this.memory.add(before + state.step, process.memoryUsage.rss());
        [started, done, samples, since] = [performance.now(), stepsOf(state), 0, performance.now()];
      },
      beforeEpoch: () => {
        right.restart();
        [samples, since] = [0, performance.now()]; // what was judged between two epochs does not count
      },
      beforeValidation: () => void (this.#validating = true),
      afterValidation: () => void (this.#validating = false),
      aroundStep: (state, run) => {
        if (!looks.isDue || !this.gradientNorm.isNext()) return right.during(run);
        return right.during(() =>
          withNorm(run, (norm, milliseconds) => {
            this.gradientNorm.add(before + state.step + 1, norm);
            looks.charge(milliseconds);
          }),
        );
      },
      afterStep: (state) => {
        const [now, step] = [performance.now(), before + state.step];
        samples += state.batchSize;
        if (this.learningRate.isNext()) this.learningRate.add(step, state.optimizer.learningRate() ?? Number.NaN);
        if (now - since < interval) return;
        if (this.throughput.isNext()) this.throughput.add(step, (1000 * samples) / (now - since));
        if (this.memory.isNext()) this.memory.add(step, process.memoryUsage.rss());
        [samples, since] = [0, now];
        this.#place(state);
        const [made, all] = [stepsOf(state), state.epochs * (state.stepsPerEpoch ?? Number.NaN)];
        this.secondsLeft = ((now - started) / 1000) * ((all - made) / (made - done));
        this.stage = { what: phase, done: made, total: all };
      },
      afterEpoch: (state) => {
        this.#latest = [...state.log];
        this.#accuracies[state.epoch] = right.share;
        this.#place(state);
      },
      afterFit: () => {
        this.secondsLeft = undefined;
        this.stage = { what: 'judging' };
      },
    };
  }

  #place({ epoch, epochs, meanLoss }: TrainState): void {
    this.epoch = { number: Math.min(epoch + 1, epochs), of: epochs, meanLoss };
  }
}
