import { checkInstallation, type ListedPlugin, listPlugins, loadPlugins, readConfig } from '@graft/finetune/node';
import { standardPlugins } from '@graft/graft/node';
import { textTable } from '@graft/report';
import type { PluginOptions } from '../open-app.ts';
import { writeOut } from '../write-out.ts';

export interface ListOptions extends PluginOptions {
  /** A configuration whose plugins are listed too. */
  readonly config?: string;
  /** Whether to name all contributions instead of counting them. */
  readonly verbose?: boolean;
  readonly json?: boolean;
}

/** Prints the standard plugins, those given, and those that the project in the working folder depends on. */
export async function printPlugins({ config, plugins = [], verbose = false, json }: ListOptions): Promise<void> {
  const configured = config === undefined ? {} : await readConfig(config);
  const given = [...(configured.plugins ?? []), ...plugins];
  const all = await listPlugins({ standard: standardPlugins, given });
  if (json) return writeOut(JSON.stringify(all, null, 2));
  const rows = all.map((one) => [
    one.name,
    one.version ?? '–',
    one.apiVersion?.toString() ?? '–',
    one.from,
    addsOf(one, (label, { length }) => `${label} ${length}`).join(', ') ||
      (one.adds ? 'nothing' : `not loaded: --plugin ${one.name}`),
  ]);
  writeOut(textTable(['plugin', 'version', 'API', 'from', 'adds'], rows));
  for (const one of verbose ? all : [])
    if (one.adds)
      writeOut(['', one.name, ...addsOf(one, (label, names) => `  ${label}: ${names.join(', ')}`)].join('\n'));
}

const addsOf = ({ adds }: ListedPlugin, show: (label: string, names: readonly string[]) => string): string[] =>
  Object.entries(adds ?? {}).map(([label, names]) => show(label, names));

/** Prints the checks of a plugin that is installed after the standard and the given ones. @returns whether all pass */
export async function checkPlugin(
  name: string,
  { plugins = [], json }: PluginOptions & { readonly json?: boolean },
): Promise<boolean> {
  const given = await loadPlugins(plugins);
  const check = await checkInstallation(name, [...standardPlugins, ...given.map(({ plugin }) => plugin)]);
  const { plugin, holds, findings } = check;
  if (json) writeOut(JSON.stringify(check, null, 2));
  else {
    const rows = findings.map(({ what, holds: passed, says, usedBy }) => [
      passed ? 'ok' : 'FAILED',
      what,
      `${says}${usedBy === undefined ? '' : ` (used by ${usedBy})`}`,
    ]);
    writeOut(
      `${textTable(['', 'check', 'result'], rows)}\n\nThe plugin "${plugin}" ${holds ? 'can be used' : 'cannot be used'}.`,
    );
  }
  return holds;
}
