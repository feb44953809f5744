import { type App, type Scope, withCode } from '@graft/plugin';
import { type AnyBackend, backendService, createBackend } from '@graft/tensor';
import type { RunListener } from './run-event.ts';
import { RunProgress } from './run-progress.ts';
import { logger, signalService } from './services.ts';

/** What fine-tuning, and everything around it, works with. */
export interface WorkContext {
  /** What plugins added, with the services that it provides. */
  readonly app: App;
  /** Services for this work alone, in place of the app's: `app.createScope().provide(backendService, …)`. */
  readonly scope?: Scope;
  /** Called for each event; default the logger service. */
  readonly events?: RunListener;
  /** Aborts the work; default the signal service. */
  readonly signal?: AbortSignal;
}

/** One piece of work: its services, its progress, and its backend. */
export class Work {
  readonly app: App;
  readonly scope: Scope;
  readonly progress: RunProgress;
  #created: Promise<AnyBackend> | undefined;

  constructor({ app, scope: services, events, signal }: WorkContext) {
    this.app = app;
    this.scope = (services ?? app).createScope();
    const stop = signal ?? this.scope.find(signalService);
    if (stop) this.scope.provide(signalService, stop);
    const progress = new RunProgress(events ?? this.scope.find(logger), stop);
    this.progress = progress;
    this.scope.provide(logger, (event) =>
      event.type === 'warning' ? progress.warn(event.message, event.source) : progress.tell(event),
    );
  }

  /** The backend service, else a backend of this name, created once. */
  backend(name?: string): Promise<AnyBackend> {
    const provided = this.scope.find(backendService);
    if (provided) return Promise.resolve(provided);
    return (this.#created ??= withCode('options.value', 'backend', () => createBackend(this.scope, name)));
  }

  /** Frees the backend that was created for this work; one that was provided is left alone. */
  async dispose(): Promise<void> {
    const backend = await this.#created?.catch(() => undefined); // whoever asked for it has its error
    await backend?.dispose?.();
  }
}
