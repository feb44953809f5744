import type { Loss } from '@graft/layers';
import { isFloat, observeGradients, type Tensor } from '@graft/tensor';
import { accuracy, type Callback, type EpochLog, type Metric, type Outputs, type TrainState } from '@graft/train';
import type { Reporter } from '../reporter.ts';
import { Track } from './track.ts';

/** What of a phase's options can be looked in at. */
export interface Watchable {
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly callbacks: readonly Callback[];
}

/** Answers to a batch of the images that are held back, with their true classes. */
export interface HeldBatch {
  readonly outputs: Outputs;
  readonly targets: ArrayLike<number>;
}

/** Milliseconds between looks at speed and memory. */
const interval = 500;

/** What is known of a run while it goes on. It looks in at phases without changing a bit of what they learn. */
export class LiveRun {
  /** What the run is doing, and how much of it is done. */
  stage: { readonly what: string; readonly done?: number; readonly total?: number } = { what: 'starting' };
  readonly warnings: string[] = [];
  readonly learningRate = new Track();
  readonly gradientNorm = new Track();
  readonly throughput = new Track();
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
  /** Of what is learned from, by epoch of the phase. */
  #accuracies: number[] = [];

  /** The finished epochs of all phases; `accuracy` is that of what is learned from, as it was while it was learned. */
  get log(): readonly EpochLog[] {
    return [...this.#earlier, ...this.#latest.map((row, i) => (this.#accuracies[i] === undefined ? row : { ...row, accuracy: this.#accuracies[i] }))];
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
    const { loss, metrics: [first, ...others], callbacks } = options;
    const right = new Running();
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

  #callback(phase: string, right: Running): Callback {
    const before = this.learningRate.steps.at(-1) ?? 0;
    let [started, done, samples, since] = [0, 0, 0, 0];
    const stepsOf = ({ epoch, stepInEpoch, stepsPerEpoch = Number.NaN }: TrainState): number => epoch * stepsPerEpoch + stepInEpoch;
    return {
      name: 'dashboard',
      beforeFit: (state) => {
        this.#earlier = this.log;
        [this.#latest, this.#accuracies] = [[], []];
        this.stage = { what: phase };
        [started, done, samples, since] = [performance.now(), stepsOf(state), 0, performance.now()];
      },
      beforeEpoch: () => right.restart(),
      aroundStep: (state, run) => {
        const step = (): Tensor => (this.gradientNorm.isNext() ? withNorm(run, (norm) => this.gradientNorm.add(before + state.step + 1, norm)) : run());
        return right.during(step);
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

/** How many answers of an epoch were right as they were learned from. */
class Running {
  #inStep = false;
  #counted = accuracy().start();
  #seen = 0;

  get share(): number {
    return this.#seen ? this.#counted.result() : Number.NaN;
  }

  restart(): void {
    [this.#counted, this.#seen] = [accuracy().start(), 0];
  }

  during<T>(step: () => T): T {
    this.#inStep = true;
    try {
      return step();
    } finally {
      this.#inStep = false;
    }
  }

  /** Answers, where they belong to a step and their targets are classes. */
  see(output: Tensor, target: Tensor): void {
    if (!this.#inStep || output.rank !== 2 || target.rank !== 1 || isFloat(target.dtype)) return;
    this.#counted.add({ values: output.arraySync() as Float32Array, shape: output.shape }, target.arraySync() as Int32Array);
    this.#seen += target.size;
  }
}

/** Runs a step; `tell` hears how long the gradient of all that learns is. */
function withNorm(run: () => Tensor, tell: (norm: number) => void): Tensor {
  let squares = 0;
  const result = observeGradients(run, (_, gradient) => {
    const values = gradient.backend.view?.(gradient.data, gradient) as Float32Array | undefined;
    // A plain loop: there may be millions.
    for (let i = 0; values && i < values.length; i++) squares += values[i]! * values[i]!;
  });
  tell(Math.sqrt(squares));
  return result;
}
