import { setImmediate } from 'node:timers/promises';
import { progress } from '@graft/callbacks';
import type { Callback } from '@graft/train';
import { megabytes } from './quantities.ts';

/** Somebody told the command to stop. */
export class Stopped extends Error {}

/** Tells people on stderr what is going on, so that stdout is the result's alone, and notices when they have had enough. */
export interface Reporter {
  /** What the command is doing; left out with --json. */
  say(text: string): void;
  /** What has to be known: said with --json, too. */
  warn(text: string): void;
  /** `reading images 12/40`, in place, on a terminal. */
  count(what: string, done: number, total: number): void;
  /** `mobilenetv2-12 3.1 of 14.0 MB`, in place, on a terminal. */
  download(what: string, done: number, total: number | undefined): void;
  /** Aborted where the command shall stop. */
  readonly signal: AbortSignal | undefined;
  /** Progress of a training run that can be stopped: a bar on a terminal, elsewhere lines unless told. */
  callbacks(label: string, options?: { lines?: boolean }): Callback[];
  /** Lets signals and timers through. @throws where the command was told to stop */
  breathe(): Promise<void>;
}

export interface ReporterOptions {
  readonly json?: boolean | undefined;
  /** Aborted where the command shall stop. */
  readonly signal?: AbortSignal | undefined;
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown };
}

/** Progress without features, which `count` shows already on a terminal. */
const counted = (bar: Callback): Callback => ({
  ...bar,
  onWork: (work) => void (work.what === 'validation' && bar.onWork?.(work)),
});

/** Milliseconds that a command may compute before it looks for a signal. */
const patience = 50;

export function createReporter({ json = false, signal, stream = process.stderr }: ReporterOptions = {}): Reporter {
  let last = performance.now();
  const breathe = async (): Promise<void> => {
    // Training awaits nothing but finished promises, and would not hear Ctrl+C before its end.
    if (performance.now() - last > patience) {
      await setImmediate();
      last = performance.now();
    }
    if (signal?.aborted) throw new Stopped('Stopped. Nothing was written.');
  };
  return {
    say: (text) => void (json || stream.write(`${text}\n`)),
    warn: (text) => void stream.write(`graft: ${text}\n`),
    count(what, done, total) {
      if (!json && stream.isTTY) stream.write(`\r${what} ${done}/${total}${done >= total ? '\r\u001B[K' : ''}`);
    },
    download(what, done, total) {
      if (!json && stream.isTTY)
        stream.write(
          done === total
            ? '\r\u001B[K'
            : `\r${what} ${total === undefined ? megabytes(done) : `${(done / 1e6).toFixed(1)} of ${megabytes(total)}`}`,
        );
    },
    signal,
    callbacks: (label, { lines = true } = {}) => [
      { name: 'breathe', beforeStep: breathe },
      ...(json || !(lines || stream.isTTY)
        ? []
        : [stream.isTTY ? counted(progress({ label, stream })) : progress({ label, stream })]),
    ],
    breathe,
  };
}
