import type { Callback, TrainState, TrainWork } from '@graft/train';
import { describeLog, showNumber } from './describe-log.ts';

/** The stream that progress writes to, such as `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Options of {@link progress}. */
export interface ProgressOptions {
  /** Output stream; default `process.stderr`. */
  readonly stream?: ProgressStream;
  /** Name of the run; default 'training'. */
  readonly label?: string;
  /** A clock, in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** Maximum number of epoch lines per run without a terminal. */
const lines = 10;
/** Maximum time without output, in milliseconds. */
const silence = 2000;

/**
 * Shows training progress. On a terminal: a bar with loss, samples per second and time left. Elsewhere: about ten lines per run, including the last epoch, and a
 * line after two seconds without output, as in long epochs, in validation or while features are computed.
 */
export function progress({
  stream,
  label = 'training',
  now = () => performance.now(),
}: ProgressOptions = {}): Callback {
  const out = stream ?? globalThis.process?.stderr;
  let bar:
    | {
        start(total: number, value: number, payload: object): void;
        increment(payload: object): void;
        update(payload: object): void;
        stop(): void;
      }
    | undefined;
  let [started, samples] = [0, 0];
  let pendingLine: string | undefined;
  let shown: TrainState | undefined;
  let [written, checked, onLine] = [now(), now(), false];
  const write = (line: string): void => {
    out?.write(onLine ? `\r\u001B[K${line}` : line);
    [written, onLine] = [now(), false];
  };
  /** Prints the current activity if waiting for the next call would exceed the maximum silence. */
  const showActivity = (what: () => string): void => {
    const time = now();
    if (time - written + (time - checked) > silence) {
      // On a terminal the line is overwritten until the bar starts.
      write(`${label}: ${what()}${out?.isTTY ? '' : '\n'}`);
      onLine = out?.isTTY === true;
    }
    checked = time;
  };
  const rate = (): string => `${Math.round(samples / Math.max(1e-3, (now() - started) / 1000))} samples/s`;
  const workDone = ({ what, done, total }: TrainWork): string =>
    `${what} ${done}${total === undefined ? '' : `/${total}`}`;
  const payload = (state: TrainState): { readonly epoch: string; readonly loss: string; readonly rate: string } => ({
    epoch: `${Math.min(state.epoch + 1, state.epochs)}/${state.epochs}`,
    loss: Number.isNaN(state.meanLoss) ? '–' : showNumber(state.meanLoss),
    rate: rate(),
  });
  return {
    name: 'progress',
    async beforeFit(state) {
      [started, samples, pendingLine] = [now(), 0, undefined];
      if (onLine) write('');
      checked = now();
      if (!out?.isTTY || !state.stepsPerEpoch) return;
      // Loaded only for a terminal, because it does not run in a browser.
      const { default: cliProgress } = await import('cli-progress');
      bar = new cliProgress.SingleBar(
        {
          stream: out as NodeJS.WriteStream,
          format: `${label} {bar} epoch {epoch} · loss {loss} · {rate} · {eta_formatted} left`,
          barsize: 24,
          etaBuffer: 50,
          // A killed process must not leave the cursor hidden, and Ctrl+C belongs to the program.
          hideCursor: false,
          linewrap: true,
          gracefulExit: false,
        },
        cliProgress.Presets.shades_classic,
      );
      bar.start(
        state.epochs * state.stepsPerEpoch,
        state.epoch * state.stepsPerEpoch + state.stepInEpoch,
        payload(state),
      );
    },
    afterStep(state) {
      samples += state.batchSize;
      if (bar) bar.increment(payload(state));
      else
        showActivity(
          () =>
            `epoch ${state.epoch + 1}/${state.epochs} · step ${state.stepInEpoch}${state.stepsPerEpoch ? `/${state.stepsPerEpoch}` : ''}${Number.isNaN(state.meanLoss) ? '' : ` · loss ${showNumber(state.meanLoss)}`} · ${rate()}`,
        );
      shown = state;
    },
    onWork(work) {
      if (bar && shown) bar.update({ ...payload(shown), epoch: `${payload(shown).epoch} · ${workDone(work)}` });
      else showActivity(() => workDone(work));
    },
    afterEpoch(state) {
      if (bar || !out) return;
      const epoch = state.epoch + 1;
      pendingLine = `${label}: epoch ${epoch}/${state.epochs} · ${describeLog(state.log.at(-1)!)} · ${rate()}\n`;
      if (epoch % Math.ceil(state.epochs / lines) !== 0) return;
      write(pendingLine);
      pendingLine = undefined;
    },
    afterFit() {
      if (pendingLine ?? onLine) write(pendingLine ?? '');
      bar?.stop();
      [bar, shown] = [undefined, undefined];
    },
  };
}
