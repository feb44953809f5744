import type { Callback, TrainState } from '@graft/train';
import { type Dialect, HttpError, type Send } from './dialect.ts';
import { json } from './json.ts';
import { mlflow } from './mlflow.ts';
import { type Entry, Outbox } from './outbox.ts';
import { trackio } from './trackio.ts';

export interface RemoteLoggerOptions {
  /** The http or https URL to post metrics to; for `mlflow` and `trackio`, the address of the server. */
  readonly url: string;
  /** How the server receives metrics: `json` (default), `mlflow` or `trackio`. */
  readonly dialect?: 'json' | 'mlflow' | 'trackio';
  /** The experiment of MLflow, or the project of Trackio; default `graft`. */
  readonly project?: string;
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

/** Creates each dialect. @param url ends with a slash, so paths can be added, except for `json` */
const dialects: Readonly<Record<string, (url: URL, project: string) => Dialect>> = { json, mlflow, trackio };

/** About how many characters are read of a response. */
const longestResponse = 2 ** 20;

/**
 * Posts a run's metrics after each epoch, optionally after steps, and at the end: as JSON, `{ run, entries: [{ number, time, event, epoch, step, metrics }] }`, or to a server of MLflow or
 * Trackio. A server that is slow, unreachable or failing does not affect the run: entries wait in a bounded queue and are resent. Entries are numbered, so
 * the server can recognise duplicates.
 * @throws if an option is invalid
 */
export function remoteLogger({
  url,
  dialect = 'json',
  project = 'graft',
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
  const make = Object.hasOwn(dialects, dialect) ? dialects[dialect] : undefined;
  if (!make)
    throw new Error(
      `remoteLogger expects "dialect" to be ${Object.keys(dialects)
        .join(', ')
        .replace(/, (\w+)$/, ' or $1')}, got ${JSON.stringify(dialect)}.`,
    );
  if (dialect !== 'json' && !target.pathname.endsWith('/')) target.pathname += '/';
  const server = make(target, project);
  let name = run ?? crypto.randomUUID();
  let warn: TrainState['warn'] = () => {};
  const outbox = new Outbox({
    capacity,
    timeout: 1000 * timeout,
    pause: 250,
    notify: (message) => warn(`${target.origin}: ${message}`),
    deliver,
  });

  const put = (content: Readonly<Record<string, unknown>>): void => outbox.put({ time: Date.now(), ...content });

  function deliver(entries: readonly Entry[], signal: AbortSignal): Promise<void> {
    const send: Send = async ({ method, url, body }) => {
      const response = await fetch(url, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal,
      });
      const text = await textOf(response);
      if (!response.ok) throw new HttpError(response.status, reasonIn(text));
      return parsed(text);
    };
    return server.deliver(entries, name, send);
  }

  return {
    name: 'remoteLogger',
    beforeFit: (state) => void ({ warn } = state),
    async afterStep({ epoch, step, loss }) {
      if (everySteps && step % everySteps === 0) put({ event: 'step', epoch, step, metrics: { loss: await loss } });
    },
    async afterEpoch({ epoch, step, log }) {
      put({ event: 'epoch', epoch, step, metrics: { ...log.at(-1) } });
      await turn();
    },
    async afterFit({ epoch, step, stopped }) {
      put({ event: 'end', epoch, step, stopped: stopped ?? null });
      await outbox.drain(1000 * patience);
    },
    save: () => JSON.parse(JSON.stringify({ run: name, ...outbox.state(), server: server.save?.() })) as unknown,
    restore(saved) {
      const state = saved as Partial<{ run: string; waiting: Entry[]; next: number; server: unknown }> | null;
      if (typeof state?.run === 'string' && run === undefined) name = state.run;
      server.restore?.(state?.server);
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

/** The start of a response as text. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  if (!body) return text;
  for await (const part of body) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    if (text.length > longestResponse) break;
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a server says about an error, in at most 200 characters. */
function reasonIn(text: string): string {
  const { message, error } = (parsed(text) ?? {}) as { message?: unknown; error?: unknown };
  const reason = [message, error].find((one) => typeof one === 'string') as string | undefined;
  return (reason ?? '').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200);
}
