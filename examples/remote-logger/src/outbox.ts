export interface OutboxOptions {
  /** Delivers entries; rejects if they did not arrive. */
  readonly deliver: (entries: readonly Entry[], signal: AbortSignal) => Promise<void>;
  /** Maximum number of waiting entries; the oldest are dropped first. */
  readonly capacity: number;
  /** Timeout of one delivery in milliseconds. */
  readonly timeout: number;
  /** Milliseconds before the first retry. The delay doubles with each failure, up to a hundred times this value. */
  readonly pause: number;
  /** Called with a message when deliveries start to fail, and when they succeed again. */
  readonly notify: (message: string) => void;
}

/** A queued entry; its number lets a receiver ignore duplicates. */
export interface Entry {
  readonly number: number;
  readonly [key: string]: unknown;
}

/** Delivers entries in order in the background, retries failures, and never throws. */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: Entry[] = [];
  #next = 0;
  #lost = 0;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #wake: (() => void) | undefined;
  #closing = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Undelivered entries and the number of the next one, as plain JSON. */
  state(): { readonly waiting: readonly Entry[]; readonly next: number } {
    return { waiting: [...this.#waiting], next: this.#next };
  }

  restore({ waiting, next }: { readonly waiting: readonly Entry[]; readonly next: number }): void {
    [this.#waiting, this.#next] = [[...waiting], next];
  }

  /** Queues an entry for delivery in the background. */
  put(content: Readonly<Record<string, unknown>>): void {
    this.#waiting.push({ number: this.#next++, ...content });
    const surplus = this.#waiting.length - this.#options.capacity;
    if (surplus > 0) {
      this.#waiting.splice(0, surplus);
      this.#lost += surplus;
    }
    this.#closing = false;
    this.#sending ??= this.#send();
  }

  /** Whether entries are waiting. */
  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Waits until everything is delivered, or for the given milliseconds. Undelivered entries are reported, and kept in the state. */
  async drain(milliseconds: number): Promise<void> {
    if (!this.busy) return;
    this.#sending ??= this.#send();
    this.#wake?.(); // retry immediately
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([this.#sending, new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
    clearTimeout(timer);
    this.#closing = true;
    this.#wake?.();
    if (this.busy)
      this.#options.notify(
        `${this.#waiting.length} ${this.#waiting.length === 1 ? 'entry has' : 'entries have'} not been delivered.`,
      );
  }

  async #send(): Promise<void> {
    const { deliver, timeout, pause, notify } = this.#options;
    while (this.busy && !this.#closing) {
      const entries = this.#waiting.slice(0, 100);
      try {
        await deliver(entries, AbortSignal.timeout(timeout));
        const last = entries.at(-1)!.number;
        this.#waiting = this.#waiting.filter(({ number }) => number > last);
        if (this.#failures)
          notify(`Metrics are delivered again${this.#lost ? `; ${this.#lost} were dropped in the meantime` : ''}.`);
        [this.#failures, this.#lost] = [0, 0];
      } catch (error) {
        if (this.#failures++ === 0)
          notify(`Metrics cannot be delivered (${reasonOf(error)}). Training continues, and they will be resent.`);
        await this.#sleep(pause * Math.min(100, 2 ** (this.#failures - 1)));
      }
    }
    this.#sending = undefined;
  }

  /** Waits for some milliseconds or until woken up; does not keep the process alive. */
  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      if (typeof timer === 'object') timer.unref();
      this.#wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error & { code?: string } };
  return cause?.code ?? cause?.message ?? message;
}
