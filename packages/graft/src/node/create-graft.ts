import { type App, createApp, type Plugin } from '@graft/plugin';
import { installedModels } from '@graft/zoo/node';
import { standardPlugins } from './standard-plugins.ts';

export interface GraftOptions {
  /** Additional plugins, after the standard ones. */
  readonly plugins?: readonly Plugin[];
  /** Folders to search for installed model packages; default the working folder. */
  readonly modelsFrom?: readonly string[];
  /** Called with a message for each installed card that is invalid, and therefore left out. By default, an invalid card is an error. */
  readonly onInvalid?: (message: string) => void;
}

/** Creates an app with the standard plugins, the cards of installed model packages, and your plugins. */
export async function createGraft({
  plugins = [],
  modelsFrom = [process.cwd()],
  onInvalid,
}: GraftOptions = {}): Promise<App> {
  const models = await installedModels({ from: modelsFrom, ...(onInvalid && { onInvalid }) });
  return createApp([...standardPlugins, models, ...plugins]);
}
