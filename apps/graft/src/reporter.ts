import { progress } from '@graft/callbacks';
import { type PhaseCallbacks, type RunEvent, withFlags } from '@graft/finetune';
import { megabytes, visible } from '@graft/report';
import type { Callback } from '@graft/train';

/** Prints progress and warnings to stderr; stdout is reserved for results. */
export interface Reporter {
  /** Prints the events of a run. */
  readonly listen: (event: RunEvent) => void;
  /** Shows training progress: a bar on a terminal, lines elsewhere. */
  readonly callbacks: PhaseCallbacks;
  /** Names options in a text by their flags. */
  named(text: string): string;
  /** Prints a warning, with --json too. */
  warn(text: string): void;
  /** Stops the command when aborted. Ctrl+C aborts it once `beginTraining` is called; until then, it ends the process. */
  readonly signal: AbortSignal | undefined;
  /** Call as late as possible before work that saves its progress when `signal` is aborted. */
  beginTraining(): void;
}

export interface ReporterOptions {
  readonly json?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onTraining?: (() => void) | undefined;
  /** The flags of options that messages name. */
  readonly flags?: ReadonlyMap<string, string>;
  readonly stream?: { readonly isTTY?: boolean; write(text: string): unknown };
}

/** A progress bar without features, whose progress is already shown by the run's events. */
const withoutFeatures = (bar: Callback): Callback => ({
  ...bar,
  onWork: (work) => void (work.what === 'validation' && bar.onWork?.(work)),
});

const clearLine = '\r\u001B[K';

export function createReporter({
  json = false,
  signal,
  onTraining = () => {},
  flags = new Map(),
  stream = process.stderr,
}: ReporterOptions = {}): Reporter {
  const inPlace = (text: string, ended: boolean): void => {
    if (!json && stream.isTTY) stream.write(ended ? clearLine : `\r${visible(text)}`);
  };
  const warn = (text: string): void => void stream.write(`graft: ${visible(withFlags(text, flags))}\n`);
  return {
    signal,
    beginTraining: onTraining,
    warn,
    named: (text) => withFlags(text, flags),
    listen(event) {
      if (event.type === 'status' && !json) stream.write(`${visible(event.message)}\n`);
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
    // Without a terminal, many folds would print too many lines.
    callbacks: ({ label, fold }) =>
      json || (fold && !stream.isTTY)
        ? []
        : [stream.isTTY ? withoutFeatures(progress({ label, stream })) : progress({ label, stream })],
  };
}
