import { loadPlugins, ownFolder } from '@graft/finetune/node';
import { createGraft } from '@graft/graft/node';
import type { App } from '@graft/plugin';
import { writeError } from './write-out.ts';

/** Options of every command that creates an app. */
export interface PluginOptions {
  /** Plugins by package name or path, as given by the user. */
  readonly plugins?: readonly string[];
}

/** Creates an app with the standard plugins, the installed models, and the given plugins. */
export async function openApp({ plugins = [] }: PluginOptions): Promise<App> {
  const loaded = await loadPlugins(plugins);
  return createGraft({
    modelsFrom: [process.cwd(), ownFolder, import.meta.dirname],
    onInvalid: (message) => writeError(`graft: ${message}`),
    plugins: loaded.map(({ plugin }) => plugin),
  });
}

/** Creates an app with the given plugins, calls `work`, and disposes of the app. */
export async function withApp<T>(plugins: PluginOptions, work: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp(plugins);
  try {
    return await work(app);
  } finally {
    await app.dispose();
  }
}
