import type { Callback, TrainState } from '@graft/train';
import { describeLog } from './describe-log.ts';

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

/**
 * A bar with samples per second, time left and loss on a terminal; one line an epoch elsewhere.
 */
export function progress({ stream, label = 'training' }: ProgressOptions = {}): Callback {
  const out = stream ?? globalThis.process?.stderr;
  let bar: { start(total: number, value: number, payload: object): void; update(value: number, payload: object): void; increment(payload: object): void; stop(): void } | undefined;
  let [started, samples] = [0, 0];
  const rate = (): string => `${Math.round(samples / Math.max(1e-3, (performance.now() - started) / 1000))} samples/s`;
  const payload = (state: TrainState): object => ({ epoch: `${Math.min(state.epoch + 1, state.epochs)}/${state.epochs}`, loss: Number.isNaN(state.meanLoss) ? '–' : state.meanLoss.toPrecision(3), rate: rate() });
  return {
    name: 'progress',
    async beforeFit(state) {
      [started, samples] = [performance.now(), 0];
      if (!out?.isTTY || !state.stepsPerEpoch) return;
      // Loaded only where there is a terminal, so that the package works in a browser.
      const { default: cliProgress } = await import('cli-progress');
      bar = new cliProgress.SingleBar({ stream: out as NodeJS.WriteStream, format: `${label} {bar} epoch {epoch} · loss {loss} · {rate} · {eta_formatted} left`, hideCursor: true, etaBuffer: 50 }, cliProgress.Presets.shades_classic);
      bar.start(state.epochs * state.stepsPerEpoch, state.epoch * state.stepsPerEpoch, payload(state));
    },
    afterStep(state) {
      samples += state.batchSize;
      bar?.increment(payload(state));
    },
    afterEpoch(state) {
      if (!bar && out) out.write(`${label}: epoch ${state.epoch + 1}/${state.epochs} · ${describeLog(state.log.at(-1)!)} · ${rate()}\n`);
    },
    afterFit() {
      bar?.stop();
      bar = undefined;
    },
  };
}
