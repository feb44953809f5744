import type { Callback, TrainState } from '@graft/train';
import { type Entry, Outbox } from './outbox.ts';

export interface RemoteLoggerOptions {
  /** Where metrics are posted: http or https. */
  readonly url: string;
  /** Of each request, such as `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the run is called; a random name unless told. A resumed run keeps its own. */
  readonly run?: string;
  /** Steps between two notes of the loss; 0, which is the default, notes epochs only. */
  readonly everySteps?: number;
  /** Seconds for one request; 5 unless told. */
  readonly timeout?: number;
  /** Seconds that the end of a run waits for what has not arrived; 5 unless told. */
  readonly patience?: number;
  /** Notes that wait at most while the server is away, the oldest go first; 1000 unless told. */
  readonly capacity?: number;
}

/**
 * Posts a run's numbers as JSON, `{ run, entries: [{ number, event, epoch, step, metrics }] }`: each epoch, steps where asked, and the end. A server
 * that is slow, dead or angry costs the run nothing: notes wait, in a bounded queue, and are sent again; each has a number, by which
 * the server knows what came twice.
 * @throws if an option is none
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
      throw new Error(`remoteLogger expects "${name}" in seconds above 0, got ${value}.`);
  let name = run ?? crypto.randomUUID();
  let warn: TrainState['warn'] = () => {};
  const outbox = new Outbox({
    capacity,
    timeout: 1000 * timeout,
    pause: 250,
    tell: (sentence) => warn(`${target.origin}: ${sentence}`),
    deliver: post,
  });

  async function post(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ run: name, entries }),
      redirect: 'error',
      signal,
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
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
      await breath();
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

/** Lets requests move on: training awaits nothing that would. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function checkedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new Error(
      `remoteLogger expects a "url" that begins with http:// or https://, got ${JSON.stringify(url) ?? 'none'}.`,
    );
  return parsed;
}
