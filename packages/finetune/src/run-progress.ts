import { GraftError } from '@graft/plugin';
import type { RunListener, RunWarning } from './run-event.ts';

/** Milliseconds that a run computes before it looks at signals and timers. */
const patience = 50;

/** A run was told to stop. */
export class Stopped extends GraftError {
  constructor(message = 'Stopped. Nothing was written.') {
    super(message, { code: 'run.stopped' });
    this.name = 'Stopped';
  }
}

/** Tells listeners what a run does, keeps its warnings, and notices when it is told to stop. */
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

  /** Lets signals and timers through: training awaits finished promises only, and would not hear Ctrl+C before its end. @throws {@link Stopped} where the run was told to stop */
  async breathe(): Promise<void> {
    if (performance.now() - this.#last > patience) {
      await new Promise((resolve) => setTimeout(resolve));
      this.#last = performance.now();
    }
    if (this.signal?.aborted) throw new Stopped();
  }
}
