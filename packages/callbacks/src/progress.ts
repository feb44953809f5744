import type { Callback, TrainState } from '@graft/train';
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
}

/** Lines that a run prints where there is no terminal. */
const lines = 10;

/** A bar with samples per second, time left and loss on a terminal; about ten lines a run elsewhere, the last epoch's among them. */
export function progress({ stream, label = 'training' }: ProgressOptions = {}): Callback {
  const out = stream ?? globalThis.process?.stderr;
  let bar:
    | { start(total: number, value: number, payload: object): void; increment(payload: object): void; stop(): void }
    | undefined;
  let [started, samples] = [0, 0];
  let untold: string | undefined;
  const rate = (): string => `${Math.round(samples / Math.max(1e-3, (performance.now() - started) / 1000))} samples/s`;
  const payload = (state: TrainState): object => ({
    epoch: `${Math.min(state.epoch + 1, state.epochs)}/${state.epochs}`,
    loss: Number.isNaN(state.meanLoss) ? '–' : showNumber(state.meanLoss),
    rate: rate(),
  });
  return {
    name: 'progress',
    async beforeFit(state) {
      [started, samples, untold] = [performance.now(), 0, undefined];
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
      bar?.increment(payload(state));
    },
    afterEpoch(state) {
      if (bar || !out) return;
      const epoch = state.epoch + 1;
      untold = `${label}: epoch ${epoch}/${state.epochs} · ${describeLog(state.log.at(-1)!)} · ${rate()}\n`;
      if (epoch % Math.ceil(state.epochs / lines) !== 0) return;
      out.write(untold);
      untold = undefined;
    },
    afterFit() {
      if (untold) out?.write(untold);
      bar?.stop();
      bar = undefined;
    },
  };
}
