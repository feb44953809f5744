import type { FinetuneResult, RunContext } from '@graft/finetune';
import type { Storage } from '@graft/storage';
import type { Reporter } from './reporter.ts';

/** The part of a run's context that reports to the user. */
type Reporting = Pick<RunContext, 'events' | 'callbacks' | 'signal' | 'onPrepared'>;

/**
 * Calls `work` with callbacks that report to the terminal and, if requested, to a live page on this machine.
 * @param wanted whether to serve the page, or its port
 * @throws before the work starts if the port is in use
 */
export async function withDashboard(
  wanted: boolean | number | undefined,
  { listen, callbacks, signal, warn, beginTraining }: Reporter,
  storage: Storage,
  title: string,
  work: (context: Reporting) => Promise<FinetuneResult>,
): Promise<FinetuneResult> {
  const terminal = { events: listen, callbacks, onPrepared: beginTraining, ...(signal && { signal }) };
  if (wanted === undefined || wanted === false) return work(terminal);
  const { serveRun } = await import('@graft/dashboard/node');
  const options = { title, storage, ...(typeof wanted === 'number' && { port: wanted }) };
  return serveRun({ ...options, onAddress: (address) => warn(`dashboard: ${address}`) }, (watcher) =>
    work({
      ...terminal,
      onPrepared: (prepared) => {
        beginTraining();
        watcher.onPrepared(prepared);
      },
      events: (event) => {
        watcher.events(event);
        listen(event);
      },
      callbacks: (phase) => [...callbacks(phase), ...watcher.callbacks(phase)],
    }),
  );
}
