import type { Entry } from './outbox.ts';

/** Sends a request with JSON and returns the JSON of the response. Rejects with an {@link HttpError} if the server refuses it. */
export type Send = (request: {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly body?: unknown;
}) => Promise<unknown>;

/** A server's way of receiving metrics. */
export interface Dialect {
  /** Delivers entries of a run in order. Called again with the same entries if it rejects. */
  deliver(entries: readonly Entry[], run: string, send: Send): Promise<void>;
  /** Plain JSON that a resumed run needs to continue at the server. */
  save?(): unknown;
  restore?(saved: unknown): void;
}

/** A response with an error status. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, reason = '') {
    super(`HTTP ${status}${reason && `: ${reason}`}`);
    this.status = status;
  }
}

/** The metrics of an entry that are numbers: JSON has null for NaN and infinity, which servers reject. */
export function metricsOf({ metrics, epoch }: Entry): [name: string, value: number][] {
  if (typeof metrics !== 'object' || metrics === null) return [];
  const numbers = Object.entries({ epoch, ...metrics }).filter(([, value]) => Number.isFinite(value));
  return numbers as [string, number][];
}
