import type { Callback, TrainState } from '@graft/train';
import { type Entry, Outbox } from './outbox.ts';

export interface RemoteLoggerOptions {
  /** The http or https URL to post metrics to. */
  readonly url: string;
  /** Headers of each request, such as `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Name of the run; random by default. A resumed run keeps its name. */
  readonly run?: string;
  /** Number of steps between two entries of the loss; default 0, which only logs epochs. */
  readonly everySteps?: number;
  /** Timeout of one request in seconds; default 5. */
  readonly timeout?: number;
  /** Seconds to wait for undelivered entries at the end of a run; default 5. */
  readonly patience?: number;
  /** Maximum number of waiting entries; the oldest are dropped first; default 1000. */
  readonly capacity?: number;
}

/**
 * Posts a run's metrics as JSON, `{ run, entries: [{ number, event, epoch, step, metrics }] }`, after each epoch, optionally after steps, and at the end. A server
 * that is slow, unreachable or failing does not affect the run: entries wait in a bounded queue and are resent. Entries are numbered, so
 * the server can recognise duplicates.
 * @throws if an option is invalid
 */
export function remoteLogger({
  url,
  headers = {},
  run,
  everySteps = 0,
  timeout = 5,
  patience = 5,
  capacity = 1000,
}: RemoteLoggerOptions): Callback {
  const target = checkedUrl(url);
  for (const [name, value, least] of [
    ['everySteps', everySteps, 0],
    ['capacity', capacity, 1],
  ] as const)
    if (!(Number.isInteger(value) && value >= least))
      throw new Error(`remoteLogger expects "${name}" to be an integer of at least ${least}, got ${value}.`);
  for (const [name, value] of [
    ['timeout', timeout],
    ['patience', patience],
  ] as const)
    if (!(Number.isFinite(value) && value > 0))
      throw new Error(`remoteLogger expects "${name}" to be a positive number of seconds, got ${value}.`);
  let name = run ?? crypto.randomUUID();
  let warn: TrainState['warn'] = () => {};
  const outbox = new Outbox({
    capacity,
    timeout: 1000 * timeout,
    pause: 250,
    notify: (message) => warn(`${target.origin}: ${message}`),
    deliver: post,
  });

  async function post(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    const response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ run: name, entries }),
      redirect: 'error',
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  }

  return {
    name: 'remoteLogger',
    beforeFit: (state) => void ({ warn } = state),
    async afterStep({ epoch, step, loss }) {
      if (everySteps && step % everySteps === 0)
        outbox.put({ event: 'step', epoch, step, metrics: { loss: await loss } });
    },
    async afterEpoch({ epoch, step, log }) {
      outbox.put({ event: 'epoch', epoch, step, metrics: { ...log.at(-1) } });
      await turn();
    },
    async afterFit({ epoch, step, stopped }) {
      outbox.put({ event: 'end', epoch, step, stopped: stopped ?? null });
      await outbox.drain(1000 * patience);
    },
    save: () => JSON.parse(JSON.stringify({ run: name, ...outbox.state() })) as unknown,
    restore(saved) {
      const state = saved as Partial<{ run: string; waiting: Entry[]; next: number }> | null;
      if (typeof state?.run === 'string' && run === undefined) name = state.run;
      if (Array.isArray(state?.waiting) && Number.isSafeInteger(state.next))
        outbox.restore({ waiting: state.waiting, next: state.next! });
    },
  };
}

/** Yields to pending requests, because training itself does not. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function checkedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new Error(
      `remoteLogger expects a "url" that starts with http:// or https://, got ${JSON.stringify(url) ?? 'none'}.`,
    );
  return parsed;
}
