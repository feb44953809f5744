import type { App } from '@graft/plugin';
import { isClassName } from './class-name.ts';
import { quoted } from './report/command-of.ts';

/** A plugin that a run was made with, as its folder tells of it: by its own name, and how the user gave it. */
export interface WantedPlugin {
  readonly name: string;
  readonly given: string;
}

/** The plugins that were given to an app. */
export const wantedPlugins = (
  { plugins }: App,
  { plugins: given = [] }: { readonly plugins?: readonly string[] },
): WantedPlugin[] => given.map((one, i) => ({ name: plugins.at(i - given.length)!.name, given: one })); // the app has them last, in their order

/** What a run folder says of plugins; it may come from anybody. @throws where it is no list of them */
export function parseWantedPlugins(value: unknown, where: string): readonly WantedPlugin[] {
  const isText = (text: unknown): boolean => typeof text === 'string' && isClassName(text);
  const isWanted = (one: Partial<WantedPlugin> | null): boolean => isText(one?.name) && isText(one?.given);
  if (value !== undefined && !(Array.isArray(value) && value.every(isWanted)))
    throw new Error(
      `${where} does not list under "plugins" what the run was made with. Copy the run again, or train anew.`,
    );
  return (value ?? []) as WantedPlugin[];
}

/** In a sentence, which of a run's plugins an app does not have. */
export function missingPlugins(app: App, wanted: readonly WantedPlugin[]): string | undefined {
  const missing = wanted.filter(({ name }) => !app.plugins.some((plugin) => plugin.name === name));
  if (!missing.length) return undefined;
  const flags = missing.map(({ given }) => `--plugin ${quoted(given)}`).join(' ');
  return `The run was made with the ${missing.length === 1 ? 'plugin' : 'plugins'} ${missing.map(({ name }) => `"${name}"`).join(' and ')}. Give ${flags}: code is loaded only where you name it.`;
}

/** @throws where a run cannot go on without a plugin */
export function wantPlugins(app: App, wanted: readonly WantedPlugin[]): void {
  const missing = missingPlugins(app, wanted);
  if (missing) throw new Error(missing);
}
