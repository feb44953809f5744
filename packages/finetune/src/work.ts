import { type App, type Scope, withCode } from '@graft/plugin';
import { type AnyBackend, backendService, createBackend } from '@graft/tensor';
import type { RunListener } from './run-event.ts';
import { RunProgress } from './run-progress.ts';
import { logger, signalService } from './services.ts';

/** The app and the services that fine-tuning, evaluation and other work use. */
export interface WorkContext {
  /** The app with its plugins and services. */
  readonly app: App;
  /** Services for this call only, which take precedence over the app's: `app.createScope().provide(backendService, …)`. */
  readonly scope?: Scope;
  /** Called for each event; default the logger service. */
  readonly events?: RunListener;
  /** Stops the work when aborted; default the signal service. */
  readonly signal?: AbortSignal;
}

/** The services, progress and backend of one call. */
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

  /** Returns the backend service if there is one; otherwise creates the named backend once. */
  backend(name?: string): Promise<AnyBackend> {
    const provided = this.scope.find(backendService);
    if (provided) return Promise.resolve(provided);
    return (this.#created ??= this.#createBackend(name));
  }

  async #createBackend(name: string | undefined): Promise<AnyBackend> {
    const backend = await withCode('options.value', 'backend', () => createBackend(this.scope, name));
    for (const warning of backend.warnings ?? []) this.progress.warn(warning, backend.name);
    return backend;
  }

  /** Frees the backend if it was created here; a provided backend is left alone. */
  async dispose(): Promise<void> {
    const backend = await this.#created?.catch(() => undefined); // the caller of backend() received the error
    await backend?.dispose?.();
  }
}
