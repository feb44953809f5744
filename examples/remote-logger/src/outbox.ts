export interface OutboxOptions {
  /** Delivers entries; rejects where they did not arrive. */
  readonly deliver: (entries: readonly Entry[], signal: AbortSignal) => Promise<void>;
  /** Entries that wait at most; the oldest go first. */
  readonly capacity: number;
  /** Milliseconds for one delivery. */
  readonly timeout: number;
  /** Milliseconds before the first retry; doubled from one to the next, up to a hundred times that. */
  readonly pause: number;
  /** Gets a sentence when deliveries begin to fail, and when they arrive again. */
  readonly tell: (sentence: string) => void;
}

/** Something that was noted; its number lets a receiver leave out what it has already. */
export interface Entry {
  readonly number: number;
  readonly [key: string]: unknown;
}

/** Delivers entries in their order while other work goes on, again and again where that fails, and never throws. */
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

  /** What has not arrived yet, and the number of the next entry. Plain JSON. */
  state(): { readonly waiting: readonly Entry[]; readonly next: number } {
    return { waiting: [...this.#waiting], next: this.#next };
  }

  restore({ waiting, next }: { readonly waiting: readonly Entry[]; readonly next: number }): void {
    [this.#waiting, this.#next] = [[...waiting], next];
  }

  /** Notes something; it goes out by itself. */
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

  /** Whether anything is still to be delivered. */
  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Waits until everything has arrived, or for so many milliseconds. What is left is said, and kept for a next run of the same state. */
  async drain(milliseconds: number): Promise<void> {
    if (!this.busy) return;
    this.#sending ??= this.#send();
    this.#wake?.(); // try at once, not after the pause
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([this.#sending, new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))]);
    clearTimeout(timer);
    this.#closing = true;
    this.#wake?.();
    if (this.busy)
      this.#options.tell(
        `${this.#waiting.length} ${this.#waiting.length === 1 ? 'entry has' : 'entries have'} not arrived.`,
      );
  }

  async #send(): Promise<void> {
    const { deliver, timeout, pause, tell } = this.#options;
    while (this.busy && !this.#closing) {
      const entries = this.#waiting.slice(0, 100);
      try {
        await deliver(entries, AbortSignal.timeout(timeout));
        const last = entries.at(-1)!.number;
        this.#waiting = this.#waiting.filter(({ number }) => number > last);
        if (this.#failures) tell(`Metrics arrive again${this.#lost ? `; ${this.#lost} were dropped meanwhile` : ''}.`);
        [this.#failures, this.#lost] = [0, 0];
      } catch (error) {
        if (this.#failures++ === 0)
          tell(`Metrics do not arrive (${reasonOf(error)}). The run goes on, and they are sent again.`);
        await this.#rest(pause * Math.min(100, 2 ** (this.#failures - 1)));
      }
    }
    this.#sending = undefined;
  }

  /** Waits, unless it is woken; keeps no process alive. */
  #rest(milliseconds: number): Promise<void> {
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
