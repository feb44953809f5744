import type { Callback, TrainState, TrainWork } from '@graft/train';
import { describeLog, showNumber } from './describe-log.ts';

/** The parts of a terminal stream that progress needs; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Where to draw; default the process's stderr. */
  readonly stream?: ProgressStream;
  /** What the run is called. */
  readonly label?: string;
  /** A clock, in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** Lines for epochs that a run prints where there is no terminal. */
const lines = 10;
/** Milliseconds after which something is said, whatever goes on. */
const silence = 2000;

/**
 * A bar with samples per second, time left and loss on a terminal. Elsewhere about ten lines a run, the last epoch's among them, and a line wherever nothing
 * would be said for two seconds: within long epochs, validation, and features that are computed before training.
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
  let untold: string | undefined;
  let shown: TrainState | undefined;
  let [written, looked, onLine] = [now(), now(), false];
  const write = (line: string): void => {
    out?.write(onLine ? `\r\u001B[K${line}` : line);
    [written, onLine] = [now(), false];
  };
  /** Says what goes on where the next chance to do so would come too late. */
  const saySomething = (what: () => string): void => {
    const time = now();
    if (time - written + (time - looked) > silence) {
      // On a terminal in place, until the bar comes.
      write(`${label}: ${what()}${out?.isTTY ? '' : '\n'}`);
      onLine = out?.isTTY === true;
    }
    looked = time;
  };
  const rate = (): string => `${Math.round(samples / Math.max(1e-3, (now() - started) / 1000))} samples/s`;
  const shareOf = ({ what, done, total }: TrainWork): string =>
    `${what} ${done}${total === undefined ? '' : `/${total}`}`;
  const payload = (state: TrainState): { readonly epoch: string; readonly loss: string; readonly rate: string } => ({
    epoch: `${Math.min(state.epoch + 1, state.epochs)}/${state.epochs}`,
    loss: Number.isNaN(state.meanLoss) ? '–' : showNumber(state.meanLoss),
    rate: rate(),
  });
  return {
    name: 'progress',
    async beforeFit(state) {
      [started, samples, untold] = [now(), 0, undefined];
      if (onLine) write('');
      looked = now();
      if (!out?.isTTY || !state.stepsPerEpoch) return;
      // Loaded only where there is a terminal, so that the package works in a browser.
      const { default: cliProgress } = await import('cli-progress');
      bar = new cliProgress.SingleBar(
        {
          stream: out as NodeJS.WriteStream,
          format: `${label} {bar} epoch {epoch} · loss {loss} · {rate} · {eta_formatted} left`,
          barsize: 24,
          etaBuffer: 50,
          // Nothing that a killed process would leave switched off in the terminal, and no taking of Ctrl+C away from the program.
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
        saySomething(
          () =>
            `epoch ${state.epoch + 1}/${state.epochs} · step ${state.stepInEpoch}${state.stepsPerEpoch ? `/${state.stepsPerEpoch}` : ''}${Number.isNaN(state.meanLoss) ? '' : ` · loss ${showNumber(state.meanLoss)}`} · ${rate()}`,
        );
      shown = state;
    },
    onWork(work) {
      if (bar && shown) bar.update({ ...payload(shown), epoch: `${payload(shown).epoch} · ${shareOf(work)}` });
      else saySomething(() => shareOf(work));
    },
    afterEpoch(state) {
      if (bar || !out) return;
      const epoch = state.epoch + 1;
      untold = `${label}: epoch ${epoch}/${state.epochs} · ${describeLog(state.log.at(-1)!)} · ${rate()}\n`;
      if (epoch % Math.ceil(state.epochs / lines) !== 0) return;
      write(untold);
      untold = undefined;
    },
    afterFit() {
      if (untold ?? onLine) write(untold ?? '');
      bar?.stop();
      [bar, shown] = [undefined, undefined];
    },
  };
}
