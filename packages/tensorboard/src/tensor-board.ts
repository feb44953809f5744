import { readAll } from '@graft/tensor';
import type { Callback, TrainState } from '@graft/train';
import { EventLog, type EventLogOptions } from './event-log.ts';

/** Options of {@link tensorBoard}. */
export interface TensorBoardOptions extends Partial<EventLogOptions> {
  /** An existing log, if you also log your own images and curves; by default a new one is created from the other options. */
  readonly log?: EventLog;
  /** Epochs between histograms of the weights; default 1, 0 for none. */
  readonly histograms?: number;
  /** Steps between logged losses; default 0, for none. */
  readonly steps?: number;
}

/** A callback that logs the metrics of each epoch (`epoch/loss`, `epoch/validationAccuracy` …), losses of steps, and histograms of the weights to an event file. */
export function tensorBoard({ log, storage, folder, now, histograms = 1, steps = 0 }: TensorBoardOptions): Callback {
  for (const [name, value] of Object.entries({ histograms, steps }))
    if (!(Number.isInteger(value) && value >= 0))
      throw new Error(`tensorBoard expects "${name}" to be a non-negative integer, got ${value}.`);
  if (!log && !storage)
    throw new Error('tensorBoard expects a storage or a log. Pass fileStorage(folder) as "storage".');
  const events =
    log ?? new EventLog({ storage: storage!, ...(folder !== undefined && { folder }), ...(now && { now }) });
  return {
    name: 'tensorBoard',
    async afterStep({ step, loss }: TrainState) {
      if (steps && step % steps === 0) events.scalar('step/loss', await loss, step);
    },
    async afterEpoch({ model, epoch, step, log: epochs }: TrainState) {
      for (const [name, value] of Object.entries(epochs.at(-1)!))
        if (name !== 'epoch') events.scalar(`epoch/${name}`, value, step);
      if (histograms && (epoch + 1) % histograms === 0) await addHistograms(events, model, step);
      await events.flush();
    },
    afterFit: () => events.flush(),
  };
}

/** Logs a histogram of each weight. */
async function addHistograms(events: EventLog, model: TrainState['model'], step: number): Promise<void> {
  const weights = [...model.parameters()].filter(([, { kind }]) => kind === 'weight');
  const values = await readAll(weights.map(([, { value }]) => value));
  for (const [i, [path]] of weights.entries())
    events.histogram(`weights/${path}`, values[i]!.data as Float32Array, step);
}
