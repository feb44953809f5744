import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** The content of a path. */
export interface Content {
  /** The media type. */
  readonly type: string;
  readonly body: string | Uint8Array;
  /** The content security policy; by default nothing may be loaded. */
  readonly policy?: string;
}

/** A running server. */
export interface PageServer {
  /** `http://127.0.0.1:7007/…/`, with a secret that other users of this machine do not know. */
  readonly address: string;
  /** Number of connected pages. */
  readonly listeners: number;
  /** Sends an event to all connected pages. */
  send(event: string, data: unknown): void;
  /** Closes once all pages have disconnected, or after `patience` milliseconds. */
  close(patience: number): Promise<void>;
}

/** Options of {@link servePage}. */
export interface PageOptions {
  readonly port: number;
  /** Returns the content of a path; undefined if it does not exist. */
  respond(path: string): Content | undefined | Promise<Content | undefined>;
  /** The first event for a page that connects to `/events`. */
  greet(): readonly [event: string, data: unknown];
}

const maxListeners = 16;
/** Maximum number of connections, so idle ones do not use up the descriptors of the process. */
const maxConnections = 64;
/** Milliseconds after which a connection without a request is closed. */
const idle = 10_000;
/** Maximum number of bytes buffered for a page that does not read. */
const maxBuffered = 4e6;

/**
 * Starts a server for browsers on this machine. It listens on 127.0.0.1 only, is read-only, and rejects requests from other sites, for other host names and
 * without the secret in its address.
 * @throws if the port is in use
 */
export async function servePage({ port, respond, greet }: PageOptions): Promise<PageServer> {
  const listening = new Set<ServerResponse>();
  const hosts = new Set<string>();
  const base = `/${randomBytes(12).toString('base64url')}/`;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
    const rejection = rejectionOf(request, hosts);
    if (rejection)
      return end(response, rejection.status, { type: 'text/plain; charset=utf-8', body: `${rejection.reason}\n` });
    const path = pathOf(request, base);
    if (path === undefined)
      return end(response, 403, {
        type: 'text/plain; charset=utf-8',
        body: 'Open the whole address that the command printed: it contains a secret.\n',
      });
    if (path === '/events') return listen(response);
    Promise.resolve()
      .then(() => respond(path))
      .then(
        (found) =>
          end(response, found ? 200 : 404, found ?? { type: 'text/plain; charset=utf-8', body: 'Not found.\n' }),
        () => end(response, 500, { type: 'text/plain; charset=utf-8', body: 'Internal error.\n' }),
      );
  });
  const listen = (response: ServerResponse): void => {
    if (listening.size >= maxListeners)
      return end(response, 503, { type: 'text/plain; charset=utf-8', body: 'Too many pages are open. Close some.\n' });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket?.setTimeout(0); // it stays open between events
    response.write(`retry: 2000\n\n${eventText(...greet())}`);
    listening.add(response);
    response.on('close', () => listening.delete(response));
  };
  server.maxConnections = maxConnections;
  server.setTimeout(idle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(reasonOf(error, port), { cause: error })));
    server.listen(port, '127.0.0.1', resolve);
  });
  const own = (server.address() as AddressInfo).port;
  for (const name of ['127.0.0.1', 'localhost']) hosts.add(`${name}:${own}`);
  return {
    address: `http://127.0.0.1:${own}${base}`,
    get listeners() {
      return listening.size;
    },
    send(event, data) {
      const text = eventText(event, data);
      for (const response of listening) {
        if (response.writableLength < maxBuffered) response.write(text);
        else response.destroy(); // a suspended page, which reconnects when it wakes up
      }
    },
    async close(patience) {
      // Keeps responding meanwhile, because pages may still fetch pictures and the report.
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

/** Responses are not cached, sniffed, framed or readable by other sites. */
const commonHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Rejects requests from pages of other sites, and for host names that resolve to this address (DNS rebinding). */
function rejectionOf(
  { method, headers }: IncomingMessage,
  hosts: ReadonlySet<string>,
): { readonly status: number; readonly reason: string } | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!hosts.has(host))
    return { status: 421, reason: `This server accepts only requests for ${[...hosts].join(' or ')}.` };
  if (
    (origin !== undefined && origin !== `http://${host}`) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  )
    return { status: 403, reason: 'Requests from other sites are not allowed.' };
  return method === 'GET' ? undefined : { status: 405, reason: 'This server is read-only: use GET.' };
}

function end(response: ServerResponse, status: number, { type, body, policy }: Content): void {
  if (status === 405) response.setHeader('allow', 'GET');
  if (policy !== undefined) response.setHeader('content-security-policy', policy);
  response.writeHead(status, { 'content-type': type }).end(body);
}

/** The path below the base, without its query; undefined if the URL is not below it. */
function pathOf({ url = '' }: IncomingMessage, base: string): string | undefined {
  const path = /^\/[^?#]*/.exec(url)?.[0] ?? '';
  const [start, expected] = [Buffer.from(path.slice(0, base.length)), Buffer.from(base)];
  return start.length === expected.length && timingSafeEqual(start, expected) ? path.slice(base.length - 1) : undefined;
}

const eventText = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

const reasonOf = ({ code, message }: NodeJS.ErrnoException, port: number): string =>
  code === 'EADDRINUSE'
    ? `The dashboard cannot listen on port ${port}, which is already in use. Choose another port, such as ${port + 1}, or 0 for any free port.`
    : `The dashboard cannot listen on port ${port} (${code ?? message}). Choose another port, or 0 for any free port.`;
