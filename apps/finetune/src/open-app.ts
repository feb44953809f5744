import { createGraft } from '@graft/graft';
import type { App } from '@graft/plugin';
import { appFolder } from './app-folder.ts';
import { loadPlugins } from './load-plugins.ts';

/** What every command takes that makes an app. */
export interface PluginOptions {
  /** Packages by name and files by path, as the user gave them: see {@link loadPlugins}. */
  readonly plugins?: readonly string[];
}

/** The app of a command: everything standard, the models around, and the plugins that the user named. @param modelsFrom folders to look for models in */
export async function openApp(
  { plugins = [] }: PluginOptions,
  modelsFrom: readonly string[] = [process.cwd(), appFolder],
): Promise<App> {
  const loaded = await loadPlugins(plugins);
  return createGraft({ modelsFrom, plugins: loaded.map(({ plugin }) => plugin) });
}
