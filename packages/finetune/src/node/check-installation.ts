import { App, apiVersion, checkCopies, type Contribution, createApp, type Named, type Plugin } from '@graft/plugin';
import { type LoadedPlugin, loadPlugins } from './load-plugins.ts';
import { packageOf } from './plugin-packages.ts';

/** The outcome of one check. */
export interface Finding {
  /** What was checked: `manifest`, `API version`, …, or a contribution such as `layer swish`. */
  readonly what: string;
  readonly holds: boolean;
  /** The result, or a sentence about the problem. */
  readonly says: string;
  /** Where a contribution is used. */
  readonly usedBy?: string;
}

/** The outcome of all checks of a plugin. */
export interface InstallationCheck {
  /** The plugin's name; if it cannot be loaded, the name it was given by. */
  readonly plugin: string;
  /** Whether all checks pass. */
  readonly holds: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Loads a plugin and checks it: its manifest, what it requires, name clashes, and whether everything it adds can be created. Failures are findings, not errors.
 * @param name a package's name or a path, as for {@link loadPlugins}
 * @param others plugins that are installed before it
 */
export async function checkInstallation(name: string, others: readonly Plugin[]): Promise<InstallationCheck> {
  const loaded = await loadPlugins([name]).then(
    ([one]) => one!,
    (error: Error) => error,
  );
  const findings =
    loaded instanceof Error
      ? [{ what: 'loaded', holds: false, says: loaded.message }]
      : await findingsOf(loaded, others);
  return {
    plugin: loaded instanceof Error ? name : loaded.plugin.name,
    holds: findings.every((one) => one.holds),
    findings,
  };
}

async function findingsOf({ plugin, file }: LoadedPlugin, others: readonly Plugin[]): Promise<Finding[]> {
  const { name, requires = [], contributes } = plugin;
  const owner = await packageOf(file);
  const findings = [
    await tried('manifest', () => {
      if (plugin.apiVersion === apiVersion && !contributes.length)
        throw new Error(`The plugin "${name}" adds nothing.`);
      return `"${name}" in ${file}${owner ? `, package ${owner.name} ${owner.version || 'without a version'}` : ''}`;
    }),
    await tried(
      'API version',
      () => (hostOf(others).install({ ...plugin, requires: [], contributes: [] }), `${apiVersion}, as expected`),
    ),
  ];
  if (plugin.apiVersion !== apiVersion) return findings; // the rest of the manifest has a different meaning
  findings.push(
    await tried(
      'requires',
      () => (hostOf(others).install({ ...plugin, contributes: [] }), requires.join(', ') || 'nothing'),
    ),
    await tried('copies', () => (checkCopies(), 'each package is loaded once')),
    await tried('names', () => (hostOf(others).install({ ...plugin, requires: [] }), 'no conflicts')),
  );
  if (findings.every(({ holds }) => holds))
    findings.push(
      await tried(
        'installed',
        async () => (await (await createApp([...others, plugin])).dispose(), 'set up and disposed of'),
      ),
    );
  for (const one of contributes as readonly Contribution<Makeable>[])
    findings.push({
      ...(await tried(`${one.point.label} ${one.value.name}`, () => outcomeOf(one.value))),
      usedBy: usedBy(one.point, others) ?? 'the plugin that owns this extension point',
    });
  return findings;
}

/** Where an extension point is used. A plugin that is a plain object may omit this, so look at other contributions to the point. */
const usedBy = (point: Contribution['point'], others: readonly Plugin[]): string | undefined =>
  point.usedBy ??
  others.flatMap(({ contributes }) => contributes).find((other) => other.point.token === point.token)?.point.usedBy;

function hostOf(plugins: readonly Plugin[]): App {
  const app = new App();
  for (const plugin of plugins) app.install(plugin);
  return app;
}

async function tried(what: string, work: () => string | Promise<string>): Promise<Finding> {
  try {
    return { what, holds: true, says: await work() };
  } catch (error) {
    return { what, holds: false, says: (error as Error).message };
  }
}

/** A contribution that a configuration may be able to create by name. */
interface Makeable extends Named {
  create?(options?: object): unknown;
}

/** Creates a contribution without options. @throws if it accepts unknown options, or its error is not a sentence */
async function outcomeOf(value: Makeable): Promise<string> {
  if (typeof value.create !== 'function') return 'registered';
  const make = async (options: object): Promise<Error | undefined> => {
    try {
      await value.create!(options);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
  if (!(await make({ noSuchOption: 1 }))?.message.includes('noSuchOption'))
    throw new Error(
      'It accepts the unknown option "noSuchOption". Create it with configurable(name, create, options).',
    );
  const problem = await make({});
  if (!problem) return 'created without options';
  if (problem.name !== 'Error' || !/[.?]$/.test(problem.message))
    throw new Error(
      `Without options it fails with "${problem.message}". The error should be a sentence that says what it needs.`,
    );
  return `needs options: ${problem.message}`;
}
