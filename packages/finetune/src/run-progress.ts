import { GraftError } from '@graft/plugin';
import type { RunListener, RunWarning } from './run-event.ts';

/** Milliseconds of computation between two turns of the event loop. */
const turnInterval = 50;

/** The error of a run whose signal was aborted. */
export class Stopped extends GraftError {
  constructor(message = 'Stopped. Nothing was written.') {
    super(message, { code: 'run.stopped' });
    this.name = 'Stopped';
  }
}

/** Sends events to a listener, collects warnings, and checks whether the run was stopped. */
export class RunProgress {
  readonly warnings: RunWarning[] = [];
  readonly signal: AbortSignal | undefined;
  readonly #listen: RunListener;
  #last = performance.now();

  constructor(listen: RunListener = () => {}, signal?: AbortSignal) {
    this.#listen = listen;
    this.signal = signal;
  }

  say(message: string): void {
    this.#listen({ type: 'status', message });
  }

  warn(message: string, source: string): void {
    this.warnings.push({ message, source });
    this.#listen({ type: 'warning', message, source });
  }

  count(what: string, done: number, total: number): void {
    this.#listen({ type: 'progress', what, done, total });
  }

  tell: RunListener = (event) => this.#listen(event);

  /** Yields to the event loop: training awaits resolved promises only, so Ctrl+C would have no effect until its end. @throws {@link Stopped} if the signal is aborted */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last > turnInterval) {
      await new Promise((resolve) => setTimeout(resolve));
      this.#last = performance.now();
    }
    if (this.signal?.aborted) throw new Stopped();
  }
}
