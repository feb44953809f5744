import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What is behind a path. */
export interface Answer {
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array;
  /** What the answer may load; by default nothing. */
  readonly policy?: string;
}

export interface PageServer {
  /** `http://127.0.0.1:7007/` */
  readonly address: string;
  /** Pages that listen now. */
  readonly listeners: number;
  /** Sends an event to every page that listens. */
  send(event: string, data: unknown): void;
  /** Closes when every page has gone, or after `patience` milliseconds. */
  close(patience: number): Promise<void>;
}

export interface PageOptions {
  readonly port: number;
  /** Nothing where there is no such path. */
  answer(path: string): Answer | undefined | Promise<Answer | undefined>;
  /** What a page that begins to listen at `/events` gets at once. */
  greet(): readonly [event: string, data: unknown];
}

/** The most pages that may listen at once, and the most bytes that may wait for one that does not read. */
const [mostListeners, mostWaiting] = [16, 4e6];

/**
 * A server for browsers on this machine: it listens on 127.0.0.1 only, is read-only, and answers neither other sites nor other host names.
 * @throws where the port is taken
 */
export async function servePage({ port, answer, greet }: PageOptions): Promise<PageServer> {
  const listening = new Set<ServerResponse>();
  const hosts = new Set<string>();
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(everyAnswer)) response.setHeader(name, value);
    const refusal = refused(request, hosts);
    if (refusal)
      return end(response, refusal.status, { type: 'text/plain; charset=utf-8', body: `${refusal.reason}\n` });
    const path = pathOf(request);
    if (path === '/events') return listen(response);
    Promise.resolve()
      .then(() => answer(path))
      .then(
        (found) =>
          end(response, found ? 200 : 404, found ?? { type: 'text/plain; charset=utf-8', body: 'Not found.\n' }),
        () => end(response, 500, { type: 'text/plain; charset=utf-8', body: 'This could not be shown.\n' }),
      );
  });
  const listen = (response: ServerResponse): void => {
    if (listening.size >= mostListeners)
      return end(response, 503, { type: 'text/plain; charset=utf-8', body: 'Too many pages are open. Close some.\n' });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`retry: 2000\n\n${eventText(...greet())}`);
    listening.add(response);
    response.on('close', () => listening.delete(response));
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error, port), { cause: error })));
    server.listen(port, '127.0.0.1', resolve);
  });
  const own = (server.address() as AddressInfo).port;
  for (const name of ['127.0.0.1', 'localhost']) hosts.add(`${name}:${own}`);
  return {
    address: `http://127.0.0.1:${own}/`,
    get listeners() {
      return listening.size;
    },
    send(event, data) {
      const text = eventText(event, data);
      for (const response of listening) {
        if (response.writableLength < mostWaiting) response.write(text);
        else response.destroy(); // a page that sleeps; it will connect again
      }
    },
    async close(patience) {
      // It answers until then: a page may still have something to fetch.
      const timer = new AbortController();
      await Promise.race([
        Promise.all([...listening].map((response) => once(response, 'close'))),
        setTimeout(patience, undefined, { signal: timer.signal }).catch(() => {}),
      ]);
      timer.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers are not cached, sniffed, framed or read by other sites. */
const everyAnswer = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Another site's page can send requests to this address, and its host name can resolve to it (DNS rebinding); neither gets an answer. */
function refused(
  { method, headers }: IncomingMessage,
  hosts: ReadonlySet<string>,
): { readonly status: number; readonly reason: string } | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!hosts.has(host)) return { status: 421, reason: `This server answers to ${[...hosts].join(' and ')} only.` };
  if (
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  )
    return { status: 403, reason: 'Requests from other sites are refused.' };
  return method === 'GET' ? undefined : { status: 405, reason: 'This server is read-only: use GET.' };
}

function end(response: ServerResponse, status: number, { type, body, policy }: Answer): void {
  if (status === 405) response.setHeader('allow', 'GET');
  if (policy !== undefined) response.setHeader('content-security-policy', policy);
  response.writeHead(status, { 'content-type': type }).end(body);
}

/** The path without a query; empty where the address is not a path. */
const pathOf = ({ url = '' }: IncomingMessage): string => /^\/[^?#]*/.exec(url)?.[0] ?? '';

const eventText = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const reasonOf = ({ code, message }: NodeJS.ErrnoException, port: number): string =>
  code === 'EADDRINUSE'
    ? `Port ${port} is taken, so the dashboard cannot listen on it. Give another port, such as ${port + 1}, or 0 for any free one.`
    : `The dashboard cannot listen on port ${port} (${code ?? message}). Give another port, or 0 for any free one.`;
