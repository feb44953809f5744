import { type App, createApp, type Plugin } from '@graft/plugin';
import { installedModels } from '@graft/zoo/node';
import { standardPlugins } from './standard-plugins.ts';

export interface GraftOptions {
  /** More plugins, after the standard ones. */
  readonly plugins?: readonly Plugin[];
  /** Folders to look for installed model packages in; default the working folder. */
  readonly modelsFrom?: readonly string[];
  /** Called with one sentence for each installed card that is invalid and left out; default: it is thrown. */
  readonly onInvalid?: (message: string) => void;
}

/** An app with everything: the standard plugins, the cards of installed model packages, and yours. */
export async function createGraft({
  plugins = [],
  modelsFrom = [process.cwd()],
  onInvalid,
}: GraftOptions = {}): Promise<App> {
  const models = await installedModels({ from: modelsFrom, ...(onInvalid && { onInvalid }) });
  return createApp([...standardPlugins, models, ...plugins]);
}
