import type { Storage } from '@graft/storage';
import { LiveRun } from '../live-run.ts';
import { type RunWatcher, watchRun } from '../watch-run.ts';
import { type DashboardOptions, serveDashboard } from './serve-dashboard.ts';

/** Options of {@link serveRun}. */
export interface ServeRunOptions extends Omit<DashboardOptions, 'report'> {
  /** The run's files, for its report at the end. */
  readonly storage: Storage;
  /** Called with the address of the page before the work starts. */
  readonly onAddress?: (address: string) => void;
}

/**
 * Serves a fine-tuning run as a live page until it ends or fails: `serveRun({ title, storage }, (watcher) => finetune(options, { app, storage, ...watcher }))`.
 * @throws if the port is in use, before the work starts
 */
export async function serveRun<Result extends { readonly scores: Readonly<Record<string, number>> }>(
  { storage, onAddress, ...options }: ServeRunOptions,
  work: (watcher: RunWatcher) => Promise<Result>,
): Promise<Result> {
  const live = new LiveRun();
  const page = await serveDashboard(live, {
    ...options,
    report: async () => ((await storage.exists('report.html')) ? storage.read('report.html') : undefined),
  });
  onAddress?.(page.address);
  try {
    const result = await work(watchRun(live));
    await page.close({ score: result.scores[live.heldOut!.objective.score], folder: storage.location });
    return result;
  } catch (error) {
    await page.close({ failure: (error as Error).message });
    throw error;
  }
}
