import { readAll } from '@graft/tensor';
import type { Callback, TrainState } from '@graft/train';
import { EventLog, type EventLogOptions } from './event-log.ts';

export interface TensorBoardOptions extends Partial<EventLogOptions> {
  /** The log to write to, where pictures and curves of one's own go into it as well; made from the other options unless given. */
  readonly log?: EventLog;
  /** Epochs between histograms of the weights; 1 unless told, 0 for none. */
  readonly histograms?: number;
  /** Steps between losses of single steps; 0, for none, unless told. */
  readonly steps?: number;
}

/** Writes each epoch's numbers (`epoch/loss`, `epoch/validationAccuracy` …), losses of steps, and the distribution of each weight to an event file. */
export function tensorBoard({ log, storage, folder, now, histograms = 1, steps = 0 }: TensorBoardOptions): Callback {
  for (const [name, value] of Object.entries({ histograms, steps }))
    if (!(Number.isInteger(value) && value >= 0))
      throw new Error(`tensorBoard wants a whole number of 0 or more for "${name}", got ${value}.`);
  if (!log && !storage)
    throw new Error('tensorBoard wants a storage for its file, or a log. Give fileStorage(folder) as "storage".');
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

/** Adds the distribution of each weight. */
async function addHistograms(events: EventLog, model: TrainState['model'], step: number): Promise<void> {
  const weights = [...model.parameters()].filter(([, { kind }]) => kind === 'weight');
  const values = await readAll(weights.map(([, { value }]) => value));
  for (const [i, [path]] of weights.entries())
    events.histogram(`weights/${path}`, values[i]!.data as Float32Array, step);
}
