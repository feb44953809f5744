import type { PartialDownload, SourceContext } from './model-source.ts';

/** Number of retries without progress. */
const attempts = 5;
/** Bytes that count as progress. */
const progressBytes = 2 ** 16;
/** Maximum number of redirects. */
const hops = 5;
/** Maximum bytes of a file if no card specifies its length: the limit of protobuf. */
const maxBytes = 2 ** 31;
/** Maximum ratio of a response to its compressed length, beyond the first 64 MiB: zeros compress a thousand times, weights hardly. */
const mostInflation = 32;
/** Bytes that a compressed response may have when decompressed, however short it is. */
const leastInflated = 2 ** 26;
/** Milliseconds without data before a connection is dropped. */
const silence = 30_000;

/** Options of {@link download}. */
export interface DownloadOptions extends Omit<SourceContext, 'from'> {
  /** Milliseconds before the first retry; doubled for each further one. */
  readonly pause?: number;
  /** Milliseconds without data before a connection is dropped. */
  readonly silence?: number;
  /** Maximum bytes of a file if `bytes` is not given; default 2 GiB. */
  readonly most?: number;
  /** Access token for private files; sent only to the host of the first address. */
  readonly token?: string;
}

/** A failure after which to retry. */
class Interruption extends Error {}

/**
 * Downloads a file. If the connection breaks or stalls, the download is resumed, even in a later call if `partial` keeps the data.
 * Only https is allowed, and http on this machine.
 * @throws an error with the address and a suggestion; its code is ENOENT if the server has no such file
 */
export async function download(url: string, options: DownloadOptions = {}): Promise<Uint8Array> {
  const { bytes, partial, pause = 500, signal } = options;
  const file = new ReceivedFile(bytes, url, options.most ?? maxBytes, partial, options.onWarning);
  await file.resume();
  for (let failures = 0, reached = file.length; ;) {
    try {
      if (await attempt(url, file, options)) return await file.whole();
    } catch (error) {
      if (signal?.aborted)
        throw signal.reason instanceof Error
          ? signal.reason
          : new Error(`The download of ${url} was stopped.`, { cause: error });
      if (!(error instanceof Interruption)) throw error;
      failures = file.length >= reached + progressBytes ? 0 : failures + 1;
      reached = file.length;
      if (failures >= attempts)
        throw new Error(
          `${error.message} Check the network and try again${file.isKept ? '; the data received so far is kept' : ''}, or download the file and use its path.`,
          { cause: error },
        );
      await new Promise((resolve) => setTimeout(resolve, pause * 2 ** failures));
    }
  }
}

/** The bytes received so far: in the partial download, or in memory without one. */
class ReceivedFile {
  #chunks: Uint8Array[] = [];
  length = 0;
  /** The server's identifier of this version of the file. */
  version: string | undefined;
  readonly bytes: number | undefined;
  readonly #url: string;
  #partial: PartialDownload | undefined;
  readonly #most: number;
  readonly #warn: ((message: string) => void) | undefined;

  constructor(
    bytes: number | undefined,
    url: string,
    most: number,
    partial: PartialDownload | undefined,
    warn: ((message: string) => void) | undefined,
  ) {
    this.bytes = bytes;
    this.#url = url;
    this.#most = most;
    this.#partial = partial;
    this.#warn = warn;
  }

  /** Whether a later call can go on from here. */
  get isKept(): boolean {
    return this.#partial !== undefined && !this.#partial.temporary && this.length > 0;
  }

  async resume(): Promise<void> {
    if (!this.#partial || this.#partial.temporary) return;
    const kept = await this.#partial.read().catch(() => undefined);
    if (!kept?.length) return;
    if (this.bytes !== undefined && kept.length > this.bytes) return this.clear();
    this.length = kept.length;
  }

  /** @param most maximum length of this response @throws if the file is longer, or longer than the card says, or than the limit without a card */
  async add(chunk: Uint8Array, most = Infinity): Promise<void> {
    if (this.bytes !== undefined && this.length + chunk.length > this.bytes) {
      await this.clear();
      throw new Error(
        `${this.#url} is longer than the ${this.bytes} bytes in the model card. It is a different file: do not use it.`,
      );
    }
    if (this.length + chunk.length > Math.min(most, this.#most)) {
      await this.clear();
      throw new Error(
        most < this.#most
          ? `${this.#url} is sent compressed and has more than ${most} bytes when decompressed, which is not a model. Do not use it.`
          : `${this.#url} is longer than ${this.#most} bytes, the limit without a model card. Download the file and use its path.`,
      );
    }
    if (this.#partial) await this.#keep(chunk, this.#partial);
    else this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** Keeps a chunk outside of memory. If that fails, as with a full disk, the download goes on in memory. */
  async #keep(chunk: Uint8Array, partial: PartialDownload): Promise<void> {
    try {
      await partial.append(chunk);
    } catch (error) {
      this.#partial = undefined;
      const kept = this.length ? await partial.read().catch(() => undefined) : new Uint8Array();
      await partial.clear().catch(() => {}); // it lacks a part
      if (!partial.temporary)
        this.#warn?.(`The download of ${this.#url} cannot be resumed later: ${(error as Error).message}`);
      if (!kept || kept.length < this.length) {
        await this.clear();
        throw new Interruption(`The data of ${this.#url} could not be kept (${(error as Error).message}).`, {
          cause: error,
        });
      }
      this.#chunks = [kept.slice(0, this.length), chunk]; // a part of the chunk may have been kept
    }
  }

  async clear(): Promise<void> {
    this.#chunks = [];
    this.length = 0;
    await this.#partial?.clear();
  }

  async whole(): Promise<Uint8Array> {
    if (this.#partial && this.length) {
      const kept = await this.#partial.read();
      if (kept?.length !== this.length)
        throw new Error(`The data of ${this.#url} was changed on disk while it was downloaded. Download it again.`);
      return kept;
    }
    const result = new Uint8Array(this.length);
    let at = 0;
    for (const chunk of this.#chunks) {
      result.set(chunk, at);
      at += chunk.length;
    }
    return result;
  }
}

/** Makes one connection. @returns whether the file is complete @throws an {@link Interruption} if a retry may succeed */
async function attempt(url: string, file: ReceivedFile, options: DownloadOptions): Promise<boolean> {
  if (file.bytes !== undefined && file.length === file.bytes) return true;
  const stalled = new AbortController();
  const timeout = timer(() => stalled.abort(new Error('it stalled')), options.silence ?? silence);
  const signal = options.signal ? AbortSignal.any([options.signal, stalled.signal]) : stalled.signal;
  try {
    // Ranges of a compressed response would refer to compressed bytes.
    const headers = {
      'accept-encoding': 'identity',
      ...(file.length && { range: `bytes=${file.length}-`, ...(file.version && { 'if-range': file.version }) }),
    };
    const response = await request(url, { headers, signal }, options);
    const { status } = response;
    if (status === 416 && file.length) {
      await file.clear(); // the kept data does not belong to a file on this server
      throw new Interruption(`${url} does not have the rest of the file.`);
    }
    if (status === 408 || status === 429 || status >= 500)
      throw new Interruption(`${url} responded with ${status} ${response.statusText}.`);
    if (!response.ok || !response.body)
      throw Object.assign(
        new Error(
          `${url} responded with ${status} ${response.statusText}. Check the address, or download the file and use its path.`,
        ),
        { ...((status === 404 || status === 410) && { code: 'ENOENT' }) },
      );
    if (
      status !== 206 ||
      Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]) !== file.length
    ) {
      if (file.length) await file.clear();
      if (status === 206) throw new Interruption(`${url} sent a different part of the file than requested.`);
    }
    file.version = response.headers.get('etag')?.replace(/^W\/.*/, '') || undefined;
    const rest = Number(response.headers.get('content-length')) || undefined; // in encoded bytes; only for the progress bar
    const total = file.bytes ?? (rest && file.length + rest);
    const isCompressed = !/^(identity)?$/.test(response.headers.get('content-encoding') ?? '');
    const most =
      isCompressed && file.bytes === undefined ? file.length + leastInflated + mostInflation * (rest ?? 0) : Infinity;
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read().catch((error: Error) => {
        throw new Interruption(
          `The download of ${url} was interrupted after ${file.length} bytes (${reasonOf(error, stalled.signal)}).`,
          { cause: error },
        );
      });
      if (done) break;
      timeout.restart();
      await file.add(value, most).catch(async (error: Error) => {
        await reader.cancel().catch(() => {});
        throw error;
      });
      options.progress?.(file.length, total);
    }
    if (file.bytes !== undefined && file.length < file.bytes)
      throw new Interruption(`The download of ${url} ended after ${file.length} of ${file.bytes} bytes.`);
    return true;
  } finally {
    timeout.stop();
  }
}

/** Follows redirects, but not to unencrypted addresses. */
async function request(
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
  { fetch = globalThis.fetch, token }: DownloadOptions,
): Promise<Response> {
  let at = new URL(url);
  for (let hop = 0; hop <= hops; hop++) {
    if (!isSafe(at, url))
      throw new Error(`${url} redirects to ${at.href}, which is not https. Download the file and use its path.`);
    const headers = {
      ...init.headers,
      ...(token && at.origin === new URL(url).origin && { authorization: `Bearer ${token}` }),
    };
    const response = await fetch(at.href, { ...init, headers, redirect: 'manual' }).catch((error: Error) => {
      throw new Interruption(`Could not reach ${url} (${reasonOf(error, init.signal)}).`, { cause: error });
    });
    // A browser hides the target of a redirect, and enforces https itself.
    if (response.type === 'opaqueredirect') return fetch(at.href, { ...init, headers });
    const location = response.status >= 300 && response.status < 400 && response.headers.get('location');
    if (!location) return response;
    await response.body?.cancel();
    if (!URL.canParse(location, at.href))
      throw new Error(
        `${url} redirects to ${JSON.stringify(location.slice(0, 200))}, which is not an address. Download the file and use its path.`,
      );
    at = new URL(location, at.href);
  }
  throw new Error(`${url} redirects more than ${hops} times. Download the file and use its path.`);
}

const isSafe = (at: URL, start: string): boolean =>
  at.protocol === 'https:' ||
  (at.protocol === 'http:' && start.startsWith('http:') && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(at.hostname));

/** The underlying reason that fetch hides in `cause`. */
const reasonOf = (error: Error, signal: AbortSignal): string =>
  (signal.aborted && signal.reason instanceof Error
    ? signal.reason
    : error.cause instanceof Error
      ? error.cause
      : error
  ).message;

/** Calls `onTimeout` unless `restart` or `stop` is called in time. */
function timer(onTimeout: () => void, milliseconds: number): { restart(): void; stop(): void } {
  let running = setTimeout(onTimeout, milliseconds);
  const stop = (): void => clearTimeout(running);
  return { stop, restart: () => (stop(), void (running = setTimeout(onTimeout, milliseconds))) };
}
