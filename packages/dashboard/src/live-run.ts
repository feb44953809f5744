import type { ReportedPhase } from '@graft/report';
import type { EpochLog } from '@graft/train';
import type { HeldOut, Validated } from './held-out.ts';
import type { LiveEvent } from './live-event.ts';
import { type Machine, thisMachine } from './machine.ts';
import { Track } from './track.ts';

/** Options of a {@link LiveRun}. */
export interface LiveRunOptions {
  readonly heldOut?: HeldOut;
  /** Clocks and memory measurement; default those of this machine. */
  readonly machine?: Machine;
}

/** The state of a run in progress. {@link dashboardCallback} and {@link LiveRun.listen} update it; pages show it. */
export class LiveRun {
  readonly machine: Machine;
  /** The objective and validation examples. Once set, outputs are kept and pages show scores and the hardest examples. */
  heldOut: HeldOut | undefined;
  /** The current stage and its progress. */
  stage: { readonly what: string; readonly done?: number; readonly total?: number } = { what: 'starting' };
  readonly warnings: string[] = [];
  readonly learningRate = new Track();
  /** Gradient norm in the current phase. Like the throughput, it differs too much between phases for one chart. With the option `reduce` of `fit`, it covers only this process's samples. */
  gradientNorm = new Track();
  /** Samples per second in the current phase. */
  throughput = new Track();
  /** Memory of this process, in bytes. */
  readonly memory = new Track();
  /** The current epoch of the current phase, counted from 1. */
  epoch: { readonly number: number; readonly of: number; readonly meanLoss: number } | undefined;
  /** Estimated seconds until the end of the current phase. */
  secondsLeft: number | undefined;
  /** Outputs of the latest validation. */
  validated: Validated | undefined;
  /** Number of steps in all phases. */
  steps = 0;
  readonly #phases: LivePhase[] = [];
  /** A phase announced by an event whose `fit` has not started yet. */
  #announced: LivePhase | undefined;

  constructor({ heldOut, machine = thisMachine }: LiveRunOptions = {}) {
    this.heldOut = heldOut;
    this.machine = machine;
  }

  /** The training phases with their finished epochs. */
  get phases(): readonly ReportedPhase[] {
    return this.#phases;
  }

  /** The finished epochs of all phases. */
  get log(): readonly EpochLog[] {
    return this.#phases.flatMap(({ log }) => log);
  }

  /** Handles an event. Can be passed as a callback without binding, for example as `events` of a fine-tuning run. */
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
        // The callback may have logged this epoch already.
        const phase = this.#phases.findLast((one) => one.event === event.phase);
        if (!phase) break;
        phase.log = [...phase.log.filter(({ epoch }) => epoch !== event.log['epoch']), event.log];
      }
    }
  };

  /**
   * Starts the training phase that an event has just announced, or a new one.
   * @param name default the name from the event, or `training`
   * @param log epochs finished before the run was resumed
   */
  beginPhase(name?: string, log: readonly EpochLog[] = []): void {
    if (!this.#announced) this.#phases.push({ name: unnamedPhase, log });
    const phase = this.#phases.at(-1)!;
    this.#announced = undefined;
    phase.name = name ?? phase.name;
    phase.log = [...log];
    [this.gradientNorm, this.throughput] = [new Track(), new Track()];
    [this.epoch, this.secondsLeft] = [undefined, undefined];
    this.train();
  }

  /** Sets the stage to training in the current phase. @param done number of finished steps @param total number of steps */
  train(done?: number, total?: number): void {
    const { name } = this.#phases.at(-1)!;
    const what = name === unnamedPhase ? name : `training: ${name}`;
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
  /** The phase's name in events. */
  event?: string;
}

const unnamedPhase = 'training';
