import type { FinetuneResult, RunContext } from '@graft/finetune';
import type { Storage } from '@graft/storage';
import type { Reporter } from './reporter.ts';

const defaultPort = 7007;

/** The part of a run's context that reports to the user. */
type Reporting = Pick<RunContext, 'events' | 'callbacks' | 'signal' | 'onPrepared'>;

/**
 * Calls `work` with callbacks that report to the terminal and, if requested, to a live page on this machine.
 * @param wanted whether to serve the page, or its port
 * @throws before the work starts if the port is in use
 */
export async function withDashboard(
  wanted: boolean | number | undefined,
  { listen, callbacks, signal, warn }: Reporter,
  storage: Storage,
  title: string,
  work: (context: Reporting) => Promise<FinetuneResult>,
): Promise<FinetuneResult> {
  const stop = signal && { signal };
  if (wanted === undefined || wanted === false) return work({ events: listen, callbacks, ...stop });
  const [{ LiveRun, watchRun }, { serveDashboard }] = await Promise.all([
    import('@graft/dashboard'),
    import('@graft/dashboard/node'),
  ]);
  const live = new LiveRun();
  const page = await serveDashboard(live, {
    port: typeof wanted === 'number' ? wanted : defaultPort,
    title,
    report: async () => ((await storage.exists('report.html')) ? storage.read('report.html') : undefined),
  });
  warn(`dashboard: ${page.address}`);
  const watcher = watchRun(live);
  try {
    const result = await work({
      ...stop,
      ...watcher,
      events: (event) => {
        watcher.events(event);
        listen(event);
      },
      callbacks: (phase) => [...callbacks(phase), ...watcher.callbacks(phase)],
    });
    const { objective } = live.heldOut!;
    await page.close({ score: result.scores[objective.score], folder: storage.location });
    return result;
  } catch (error) {
    await page.close({ failure: (error as Error).message });
    throw error;
  }
}
