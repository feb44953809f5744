import { loadPlugins, ownFolder } from '@graft/finetune/node';
import { createGraft } from '@graft/graft/node';
import type { App } from '@graft/plugin';

/** What every command takes that makes an app. */
export interface PluginOptions {
  /** Packages by name and files by path, as the user gave them. */
  readonly plugins?: readonly string[];
}

/** An app with everything standard, the models around, and the plugins that the user named. */
export async function openApp({ plugins = [] }: PluginOptions): Promise<App> {
  const loaded = await loadPlugins(plugins);
  return createGraft({
    modelsFrom: [process.cwd(), ownFolder, import.meta.dirname],
    plugins: loaded.map(({ plugin }) => plugin),
  });
}

/** Does some work with such an app, and disposes of it. */
export async function withApp<T>(plugins: PluginOptions, work: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp(plugins);
  try {
    return await work(app);
  } finally {
    await app.dispose();
  }
}
