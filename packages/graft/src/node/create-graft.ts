import { type App, createApp, type Plugin } from '@graft/plugin';
import { installedModels } from '@graft/zoo/node';
import { standardPlugins } from './standard-plugins.ts';

export interface GraftOptions {
  /** More plugins, after the standard ones. */
  readonly plugins?: readonly Plugin[];
  /** Folders to look for installed model packages in; default the working folder. */
  readonly modelsFrom?: readonly string[];
}

/** An app with everything: the standard plugins, the cards of installed model packages, and yours. */
export async function createGraft({ plugins = [], modelsFrom = [process.cwd()] }: GraftOptions = {}): Promise<App> {
  return createApp([...standardPlugins, await installedModels(...modelsFrom), ...plugins]);
}
