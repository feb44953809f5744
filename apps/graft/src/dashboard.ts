import type { FinetuneResult, RunContext } from '@graft/finetune';
import type { Storage } from '@graft/storage';
import type { Reporter } from './reporter.ts';

/** Where the dashboard is by default. */
const usualPort = 7007;

/** What a command gives a run beside its app and storage. */
type Given = Pick<RunContext, 'events' | 'callbacks' | 'signal' | 'onPrepared'>;

/**
 * Does a run that reports to the terminal and, where asked for, to a page on this machine.
 * @param wanted whether, or at which port
 * @throws before the work begins where the port is taken
 */
export async function withDashboard(
  wanted: boolean | number | undefined,
  { listen, callbacks, signal, warn }: Reporter,
  storage: Storage,
  title: string,
  work: (given: Given) => Promise<FinetuneResult>,
): Promise<FinetuneResult> {
  const stop = signal && { signal };
  if (wanted === undefined || wanted === false) return work({ events: listen, callbacks, ...stop });
  const [{ dashboardCallback, LiveRun }, { serveDashboard }] = await Promise.all([
    import('@graft/dashboard'),
    import('@graft/dashboard/node'),
  ]);
  const live = new LiveRun();
  const page = await serveDashboard(live, {
    port: typeof wanted === 'number' ? wanted : usualPort,
    title,
    report: async () => ((await storage.exists('report.html')) ? storage.read('report.html') : undefined),
  });
  warn(`the dashboard is at ${page.address}`);
  try {
    const result = await work({
      ...stop,
      events: (event) => {
        live.listen(event);
        listen(event);
      },
      callbacks: (phase) => [
        ...callbacks(phase),
        // A fold has other held-out examples.
        dashboardCallback(live, { phase: phase.label, ...(phase.fold && { examples: [] }) }),
      ],
      onPrepared: ({ objective, data, heldOut, backbone }) => {
        const examples = heldOut.map((index) => {
          const { name, input } = data.examples[index]!;
          return { name, show: () => backbone.feed.show(input) };
        });
        live.heldOut = { objective, names: data.names, examples };
      },
    });
    const { objective } = live.heldOut!;
    await page.close({ score: result.scores[objective.score], folder: storage.location });
    return result;
  } catch (error) {
    await page.close({ failure: (error as Error).message });
    throw error;
  }
}
