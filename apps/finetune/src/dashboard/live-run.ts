import type { Loss } from '@graft/layers';
import { isFloat, observeGradients, type Tensor } from '@graft/tensor';
import type { Callback, EpochLog, Metric, Outputs, TrainState } from '@graft/train';
import type { Reporter } from '../reporter.ts';
import { Pace } from './pace.ts';
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

/** Milliseconds between looks at speed and memory, and the share of the time that looking at gradients may take. */
const [interval, lookShare] = [500, 0.005];

/** What is known of a run while it goes on. It looks in at phases without changing a bit of what they learn. */
export class LiveRun {
  /** What the run is doing, and how much of it is done. */
  stage: { readonly what: string; readonly done?: number; readonly total?: number } = { what: 'starting' };
  readonly warnings: string[] = [];
  readonly learningRate = new Track();
  readonly gradientNorm = new Track();
  /** Samples a second, of the phase that goes on: phases differ too much for one chart. */
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
    const looks = new Pace(lookShare);
    let [started, done, samples, since] = [0, 0, 0, 0];
    const stepsOf = ({ epoch, stepInEpoch, stepsPerEpoch = Number.NaN }: TrainState): number => epoch * stepsPerEpoch + stepInEpoch;
    return {
      name: 'dashboard',
      beforeFit: (state) => {
        this.#earlier = this.log;
        [this.#latest, this.#accuracies] = [[], []];
        this.stage = { what: phase };
        this.throughput = new Track();
        if (this.memory.isNext()) this.memory.add(before + state.step, process.memoryUsage.rss());
        [started, done, samples, since] = [performance.now(), stepsOf(state), 0, performance.now()];
      },
      beforeEpoch: () => {
        right.restart();
        [samples, since] = [0, performance.now()]; // what was judged between two epochs does not count
      },
      aroundStep: (state, run) => {
        if (!looks.isDue || !this.gradientNorm.isNext()) return right.during(run);
        return right.during(() => withNorm(run, (norm, milliseconds) => {
          this.gradientNorm.add(before + state.step + 1, norm);
          looks.charge(milliseconds);
        }));
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
  #right = 0;
  #seen = 0;

  get share(): number {
    return this.#right / this.#seen;
  }

  restart(): void {
    [this.#right, this.#seen] = [0, 0];
  }

  during<T>(step: () => T): T {
    this.#inStep = true;
    try {
      return step();
    } finally {
      this.#inStep = false;
    }
  }

  /** Answers, where they belong to a step and their targets are classes. Bare loops: this is done at every step. */
  see(output: Tensor, target: Tensor): void {
    const [batch, classes] = output.shape;
    if (!this.#inStep || output.rank !== 2 || target.rank !== 1 || isFloat(target.dtype)) return;
    const [logits, labels] = [viewOf(output), viewOf(target)];
    if (!logits || !labels) return;
    for (let n = 0; n < batch!; n++) {
      let best = 0;
      for (let k = 1; k < classes!; k++) if (logits[n * classes! + k]! > logits[n * classes! + best]!) best = k;
      if (best === labels[n]!) this.#right++;
    }
    this.#seen += batch!;
  }
}

/** Runs a step; `tell` hears how long the gradient of all that learns is, and how many milliseconds it took to find out. */
function withNorm(run: () => Tensor, tell: (norm: number, milliseconds: number) => void): Tensor {
  let [squares, milliseconds] = [0, 0];
  const result = observeGradients(run, (_, gradient) => {
    const [started, values] = [performance.now(), viewOf(gradient)];
    // There may be millions.
    for (let i = 0; values && i < values.length; i++) squares += values[i]! * values[i]!;
    milliseconds += performance.now() - started;
  });
  tell(Math.sqrt(squares), milliseconds);
  return result;
}

/** The numbers where they lie, where they can be seen; those of a step are of 32 bits. */
const viewOf = (x: Tensor): Float32Array | Int32Array | undefined => x.backend.view?.(x.data, x) as Float32Array | Int32Array | undefined;
