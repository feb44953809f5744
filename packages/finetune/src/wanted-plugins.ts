import { type App, GraftError } from '@graft/plugin';
import { isName } from '@graft/tasks';
import { shellWord } from './shell-word.ts';

/** A plugin that a run was made with, as its folder names it: by its own name, and as the user gave it. */
export interface WantedPlugin {
  readonly name: string;
  readonly given: string;
}

/** The plugins that were given to an app. */
export const wantedPlugins = (
  { plugins }: App,
  { plugins: given = [] }: { readonly plugins?: readonly string[] },
): WantedPlugin[] => given.map((one, i) => ({ name: plugins.at(i - given.length)!.name, given: one })); // the app has them last, in their order

/** What a run folder says about plugins; it may come from anybody. @throws where it is not a list of them */
export function parseWantedPlugins(value: unknown, where: string): readonly WantedPlugin[] {
  const isText = (text: unknown): boolean => typeof text === 'string' && isName(text);
  const isWanted = (one: Partial<WantedPlugin> | null): boolean => isText(one?.name) && isText(one?.given);
  if (value !== undefined && !(Array.isArray(value) && value.every(isWanted)))
    throw new GraftError(
      `${where} does not list under "plugins" what the run was made with. Copy the run again, or train again.`,
      { code: 'run.damaged', place: where },
    );
  return (value ?? []) as WantedPlugin[];
}

/** In a sentence, which of a run's plugins an app does not have. */
export function missingPlugins(app: App, wanted: readonly WantedPlugin[]): string | undefined {
  const missing = wanted.filter(({ name }) => !app.plugins.some((plugin) => plugin.name === name));
  if (!missing.length) return undefined;
  return `The run was made with the ${missing.length === 1 ? 'plugin' : 'plugins'} ${missing.map(({ name }) => `"${name}"`).join(' and ')}. Load ${missing.length === 1 ? 'it' : 'them'} (${missing.map(({ given }) => `--plugin ${shellWord(given)}`).join(' ')}): code is loaded only where you name it.`;
}

/** @throws where a run cannot go on without a plugin */
export function expectPlugins(app: App, wanted: readonly WantedPlugin[]): void {
  const missing = missingPlugins(app, wanted);
  if (missing) throw new GraftError(missing, { code: 'plugin.missing' });
}
