import {
  checkInstallation,
  type Finding,
  installedPackage,
  type LoadedPlugin,
  loadPlugins,
  ownFolder,
  packageOf,
  pluginPackages,
  readConfig,
} from '@graft/finetune/node';
import { standardPlugins } from '@graft/graft/node';
import type { Plugin } from '@graft/plugin';
import type { PluginOptions } from '../open-app.ts';
import { textTable } from '@graft/report';

export interface ListOptions extends PluginOptions {
  /** A configuration whose plugins are listed, too. */
  readonly config?: string;
  /** Whether everything is named, and not only counted. */
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** One line of the list. */
interface Listed {
  readonly name: string;
  readonly version: string | null;
  /** Unknown, as what it adds is, where the plugin was not loaded. */
  readonly apiVersion: number | null;
  readonly from: 'standard' | 'given' | 'installed';
  /** Names by extension point. */
  readonly adds: Readonly<Record<string, readonly string[]>> | null;
}

/** Prints the standard plugins, those that were given, and of those that the project in the working folder has what their packages say. */
export async function listPlugins({ config, plugins = [], verbose = false, json }: ListOptions): Promise<void> {
  const named = [...(config === undefined ? [] : ((await readConfig(config)).plugins ?? [])), ...plugins];
  const given = await loadPlugins(named);
  const known = new Set(given.map(({ plugin }) => plugin.name));
  const installed = (await pluginPackages(process.cwd())).filter(({ name }) => !known.has(name));
  const all: Listed[] = [
    ...(await Promise.all(standardPlugins.map(async (plugin) => listed(plugin, 'standard', await versionOf(plugin))))),
    ...(await Promise.all(given.map(async (one) => listed(one.plugin, 'given', (await packageOf(one.file))?.version)))),
    ...installed.map(({ name, version }): Listed => ({
      name,
      version,
      apiVersion: null,
      from: 'installed',
      adds: null,
    })),
  ];
  if (json) return console.log(JSON.stringify(all, null, 2));
  const shown = ({ adds }: Listed): string =>
    adds
      ? Object.entries(adds)
          .map(([label, names]) => `${label} ${names.length}`)
          .join(', ')
      : '';
  console.log(
    textTable(
      ['plugin', 'version', 'API', 'from', 'adds'],
      all.map((one) => [
        one.name,
        one.version ?? '–',
        one.apiVersion?.toString() ?? '–',
        one.from,
        shown(one) || (one.adds ? 'nothing' : `not loaded: --plugin ${one.name}`),
      ]),
    ),
  );
  if (verbose)
    for (const { name, adds } of all)
      if (adds)
        console.log(
          `\n${name}\n${Object.entries(adds)
            .map(([label, names]) => `  ${label}: ${names.join(', ')}`)
            .join('\n')}`,
        );
}

function listed({ name, apiVersion, contributes }: Plugin, from: Listed['from'], version: string | undefined): Listed {
  const adds: Record<string, string[]> = {};
  for (const { point, value } of contributes) (adds[point.label] ??= []).push((value as { name: string }).name);
  return { name, version: version ?? null, apiVersion, from, adds };
}

/** Of the package that a standard plugin is of: `@graft/data/node` is of `@graft/data`. */
async function versionOf({ name }: Plugin): Promise<string | undefined> {
  const graft = await installedPackage('@graft/graft', ownFolder);
  return (await installedPackage(name.split('/').slice(0, 2).join('/'), ownFolder, ...(graft ? [graft.folder] : [])))
    ?.version;
}

export interface CheckOptions extends PluginOptions {
  readonly json?: boolean;
}

/** Installs a plugin after the standard ones and those given before it, and prints the checks. @param name a package or a path; default the package in the working folder @returns whether everything holds */
export async function checkPlugins(name: string, { plugins = [], json }: CheckOptions): Promise<boolean> {
  const before = await loadPlugins(plugins);
  const loaded = await loadPlugins([name]).then(
    ([one]) => one!,
    (error: Error) => error,
  );
  const findings: Finding[] =
    loaded instanceof Error
      ? [{ what: 'loaded', holds: false, says: loaded.message }]
      : await checkInstallation(loaded, [...standardPlugins, ...before.map(({ plugin }) => plugin)]);
  const holds = findings.every((one) => one.holds);
  if (json)
    console.log(
      JSON.stringify({ plugin: loaded instanceof Error ? name : loaded.plugin.name, holds, findings }, null, 2),
    );
  else
    console.log(
      `${findings.map(({ what, holds, says, usedBy }) => `${holds ? 'holds' : 'FAILS'}   ${what.padEnd(Math.max(...findings.map((one) => one.what.length)))}   ${says}${usedBy === undefined ? '' : `${' '.repeat(Math.max(3, 30 - says.length))}used by ${usedBy}`}`).join('\n')}\n\n${verdict(loaded, holds)}`,
    );
  return holds;
}

const verdict = (loaded: LoadedPlugin | Error, holds: boolean): string =>
  loaded instanceof Error
    ? 'There is nothing to check.'
    : `The plugin "${loaded.plugin.name}" ${holds ? 'can be used' : 'cannot be used as it is'}.`;
