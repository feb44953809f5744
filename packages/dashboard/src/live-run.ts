import type { ReportedPhase } from '@graft/report';
import type { EpochLog } from '@graft/train';
import type { HeldOut, Validated } from './held-out.ts';
import type { LiveEvent } from './live-event.ts';
import { type Machine, thisMachine } from './machine.ts';
import { Track } from './track.ts';

/** Options of a {@link LiveRun}. */
export interface LiveRunOptions {
  readonly heldOut?: HeldOut;
  /** Clocks and memory; default those of this machine. */
  readonly machine?: Machine;
}

/** What is known of a run while it goes on. {@link dashboardCallback} and {@link LiveRun.listen} write it; pages show it. */
export class LiveRun {
  readonly machine: Machine;
  /** What the model predicts for the validation data. Pages show scores and the hardest examples once it is set, and keep nothing for them before. */
  heldOut: HeldOut | undefined;
  /** What the run is doing, and how much of it is done. */
  stage: { readonly what: string; readonly done?: number; readonly total?: number } = { what: 'starting' };
  readonly warnings: string[] = [];
  readonly learningRate = new Track();
  /** Of the current phase, as is the throughput: phases differ too much for one chart. Where `fit` has a `reduce`, it is that of this process's samples. */
  gradientNorm = new Track();
  /** Samples per second. */
  throughput = new Track();
  /** Bytes of this process. */
  readonly memory = new Track();
  /** The current epoch of the current phase, counted from 1. */
  epoch: { readonly number: number; readonly of: number; readonly meanLoss: number } | undefined;
  /** Until the end of the current phase. */
  secondsLeft: number | undefined;
  /** Outputs of the latest validation. */
  validated: Validated | undefined;
  /** Steps made in all phases. */
  steps = 0;
  readonly #phases: LivePhase[] = [];
  /** The phase that an event has announced, until `fit` begins. */
  #announced: LivePhase | undefined;

  constructor({ heldOut, machine = thisMachine }: LiveRunOptions = {}) {
    this.heldOut = heldOut;
    this.machine = machine;
  }

  /** Each phase of training with its finished epochs. */
  get phases(): readonly ReportedPhase[] {
    return this.#phases;
  }

  /** The finished epochs of all phases. */
  get log(): readonly EpochLog[] {
    return this.#phases.flatMap(({ log }) => log);
  }

  /** Takes in what a run tells. It can be given as it is to whoever tells events, such as `events` of a fine-tuning run. */
  listen = (event: LiveEvent): void => {
    switch (event.type) {
      case 'status':
        this.stage = { what: event.message };
        break;
      case 'warning':
        this.warnings.push(event.message);
        break;
      case 'progress':
        this.stage = { what: event.what, done: event.done, total: event.total };
        break;
      case 'download':
        this.stage = {
          what: `downloading ${event.what}`,
          done: event.done,
          ...(event.total !== undefined && { total: event.total }),
        };
        break;
      case 'phase':
        this.#announced = undefined;
        this.beginPhase(event.phase);
        this.#announced = this.#phases.at(-1)!;
        this.#announced.event = event.phase;
        break;
      case 'epoch': {
        // The callback may have told it before.
        const phase = this.#phases.findLast((one) => one.event === event.phase);
        if (!phase) break;
        phase.log = [...phase.log.filter(({ epoch }) => epoch !== event.log['epoch']), event.log];
      }
    }
  };

  /**
   * Begins a phase of training: the one that an event has just announced, else another one.
   * @param name default what the event called it, else `training`
   * @param log epochs that an earlier process has finished
   */
  beginPhase(name?: string, log: readonly EpochLog[] = []): void {
    if (!this.#announced) this.#phases.push({ name: usualPhase, log });
    const phase = this.#phases.at(-1)!;
    this.#announced = undefined;
    phase.name = name ?? phase.name;
    phase.log = [...log];
    [this.gradientNorm, this.throughput] = [new Track(), new Track()];
    [this.epoch, this.secondsLeft] = [undefined, undefined];
    this.train();
  }

  /** Says that the current phase is in training. @param done steps of `total` */
  train(done?: number, total?: number): void {
    const { name } = this.#phases.at(-1)!;
    const what = name === usualPhase ? name : `training: ${name}`;
    this.stage = { what, ...(done !== undefined && { done }), ...(total !== undefined && { total }) };
  }

  /** Replaces the finished epochs of the current phase. */
  logEpochs(log: readonly EpochLog[]): void {
    this.#phases.at(-1)!.log = [...log];
  }
}

interface LivePhase extends ReportedPhase {
  name: string;
  log: readonly EpochLog[];
  /** What events call it. */
  event?: string;
}

/** A phase of training that nobody has named. */
const usualPhase = 'training';
