import { type App, GraftError } from '@graft/plugin';
import { type Check, fields, list, text } from './check.ts';
import { shellWord } from './shell-word.ts';

/** A plugin that a run was trained with, as recorded in its folder. */
export interface WantedPlugin {
  readonly name: string;
  /** The package name or path with which the user loaded it. */
  readonly given: string;
}

/** The plugins that the user loaded. */
export const wantedPlugins = (
  { plugins }: App,
  { plugins: given = [] }: { readonly plugins?: readonly string[] },
): WantedPlugin[] => given.map((one, i) => ({ name: plugins.at(i - given.length)!.name, given: one })); // they are the last ones of the app, in this order

/** A list of plugins in a run folder. */
export const wantedPluginList: Check = list(
  'a list of plugins with "name" and "given"',
  fields('a plugin', { name: text, given: text }),
);

/** A sentence that lists the plugins of a run that the app lacks; undefined if there are none. */
export function missingPlugins(app: App, wanted: readonly WantedPlugin[]): string | undefined {
  const missing = wanted.filter(({ name }) => !app.plugins.some((plugin) => plugin.name === name));
  if (!missing.length) return undefined;
  return `The run was trained with the ${missing.length === 1 ? 'plugin' : 'plugins'} ${missing.map(({ name }) => `"${name}"`).join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not loaded. Load ${missing.length === 1 ? 'it' : 'them'} with ${missing.map(({ given }) => `--plugin ${shellWord(given)}`).join(' ')}; plugins are never loaded automatically.`;
}

/** @throws if the app lacks a plugin of the run */
export function expectPlugins(app: App, wanted: readonly WantedPlugin[]): void {
  const missing = missingPlugins(app, wanted);
  if (missing) throw new GraftError(missing, { code: 'plugin.missing' });
}
