import { type App, createApp, type Plugin } from '@graft/plugin';
import { browserPlugins } from './browser-plugins.ts';

export interface GraftOptions {
  /** Additional plugins, after the standard ones. */
  readonly plugins?: readonly Plugin[];
}

/** Creates an app with the standard plugins that run in a browser, and your plugins. In Node, use the function of `@graft/graft/node`. */
export const createGraft = ({ plugins = [] }: GraftOptions = {}): Promise<App> =>
  createApp([...browserPlugins, ...plugins]);
