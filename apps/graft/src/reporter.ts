import { progress } from '@graft/callbacks';
import type { PhaseCallbacks, RunEvent } from '@graft/finetune';
import { megabytes } from '@graft/report';
import type { Callback } from '@graft/train';

/** Tells people on stderr what a command does, so stdout is the result's alone. */
export interface Reporter {
  /** Hears a run. */
  readonly listen: (event: RunEvent) => void;
  /** Progress of training: a bar on a terminal, elsewhere lines. */
  readonly callbacks: PhaseCallbacks;
  /** What the user should know: said with --json, too. */
  warn(text: string): void;
  /** Aborted where the command shall stop. */
  readonly signal: AbortSignal | undefined;
}

export interface ReporterOptions {
  readonly json?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown };
}

/** Progress without features, which events of the run show already on a terminal. */
const counted = (bar: Callback): Callback => ({
  ...bar,
  onWork: (work) => void (work.what === 'validation' && bar.onWork?.(work)),
});

const clearLine = '\r\u001B[K';

export function createReporter({ json = false, signal, stream = process.stderr }: ReporterOptions = {}): Reporter {
  const inPlace = (text: string, ended: boolean): void => {
    if (!json && stream.isTTY) stream.write(ended ? clearLine : `\r${text}`);
  };
  const warn = (text: string): void => void stream.write(`graft: ${text}\n`);
  return {
    signal,
    warn,
    listen(event) {
      if (event.type === 'status' && !json) stream.write(`${event.message}\n`);
      else if (event.type === 'warning') warn(event.message);
      else if (event.type === 'progress')
        inPlace(`${event.what} ${event.done}/${event.total}`, event.done >= event.total);
      else if (event.type === 'download') {
        const { what, done, total } = event;
        inPlace(
          `${what} ${total === undefined ? megabytes(done) : `${(done / 1e6).toFixed(1)} of ${megabytes(total)}`}`,
          done === total,
        );
      }
    },
    // Many folds would be many lines where there is no terminal.
    callbacks: ({ label, fold }) =>
      json || (fold && !stream.isTTY)
        ? []
        : [stream.isTTY ? counted(progress({ label, stream })) : progress({ label, stream })],
  };
}
