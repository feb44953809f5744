import { contributionNames, type Plugin } from '@graft/plugin';
import { loadPlugins } from './load-plugins.ts';
import { ownFolder } from './open-network.ts';
import { installedPackage, packageOf, pluginPackages } from './plugin-packages.ts';

/** A plugin that is available. */
export interface ListedPlugin {
  readonly name: string;
  /** Version of its package; null if it has none. */
  readonly version: string | null;
  /** Null if the plugin is not loaded. */
  readonly apiVersion: number | null;
  /** Part of Graft, loaded because it was given, or only found in the project's dependencies. */
  readonly from: 'standard' | 'given' | 'installed';
  /** Names of its contributions by extension point; null if the plugin is not loaded. */
  readonly adds: Readonly<Record<string, readonly string[]>> | null;
}

/**
 * Lists plugins: the standard ones, those given by name or path, which are loaded, and those that a project depends on, which are not.
 * @param options `standard`: those of the app, such as `standardPlugins` of `@graft/graft/node`; `project`: the folder of its package.json, default the working folder
 * @throws if a given plugin cannot be loaded
 */
export async function listPlugins({
  standard,
  given = [],
  project = process.cwd(),
}: {
  readonly standard: readonly Plugin[];
  readonly given?: readonly string[];
  readonly project?: string;
}): Promise<ListedPlugin[]> {
  const loaded = await loadPlugins(given);
  const names = new Set(loaded.map(({ plugin }) => plugin.name));
  const installed = (await pluginPackages(project)).filter(({ name }) => !names.has(name));
  return [
    ...(await Promise.all(standard.map(async (one) => listed(one, 'standard', await standardVersion(one))))),
    ...(await Promise.all(
      loaded.map(async ({ plugin, file }) => listed(plugin, 'given', (await packageOf(file))?.version)),
    )),
    ...installed.map(({ name, version }) => ({
      name,
      version: version || null,
      apiVersion: null,
      from: 'installed' as const,
      adds: null,
    })),
  ];
}

const listed = (plugin: Plugin, from: ListedPlugin['from'], version: string | undefined): ListedPlugin => ({
  name: plugin.name,
  version: version || null,
  apiVersion: plugin.apiVersion,
  from,
  adds: contributionNames(plugin),
});

/** Version of a standard plugin's package: `@graft/data/node` is part of `@graft/data`. */
async function standardVersion({ name }: Plugin): Promise<string | undefined> {
  const graft = await installedPackage('@graft/graft', ownFolder);
  const owner = name.split('/').slice(0, 2).join('/');
  return (await installedPackage(owner, ownFolder, ...(graft ? [graft.folder] : [])))?.version;
}
