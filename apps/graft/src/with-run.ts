import { type OpenedRun, openRun } from '@graft/finetune';
import type { App } from '@graft/plugin';
import { fileStorage } from '@graft/storage/node';
import { type PluginOptions, withApp } from './open-app.ts';
import type { Reporter } from './reporter.ts';

/** Opens the finished run in a folder, calls `work`, and disposes of the run. @throws if there is no finished run */
export function withRun<T>(
  path: string,
  { backend, ...plugins }: PluginOptions & { readonly backend: string },
  { listen: events, signal }: Reporter,
  work: (run: OpenedRun, app: App) => Promise<T>,
): Promise<T> {
  return withApp(plugins, async (app) => {
    const run = await openRun(fileStorage(path), { app, events, backend, ...(signal && { signal }) });
    try {
      return await work(run, app);
    } finally {
      await run.dispose();
    }
  });
}
