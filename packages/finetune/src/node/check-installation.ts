import { App, apiVersion, checkCopies, type Contribution, createApp, type Named, type Plugin } from '@graft/plugin';
import type { LoadedPlugin } from './load-plugins.ts';
import { packageOf } from './plugin-packages.ts';

/** Whether one promise of a plugin holds. */
export interface Finding {
  readonly what: string;
  readonly holds: boolean;
  /** What was found, or in a sentence what is wrong. */
  readonly says: string;
  /** Where a contribution is used. */
  readonly usedBy?: string;
}

/** What holds of a plugin that comes after others: its manifest, its place, its names, and that everything it adds can be made. */
export async function checkInstallation({ plugin, file }: LoadedPlugin, others: readonly Plugin[]): Promise<Finding[]> {
  const { name, requires = [], contributes } = plugin;
  const owner = await packageOf(file);
  const findings = [
    await tried('manifest', () => {
      if (plugin.apiVersion === apiVersion && !contributes.length)
        throw new Error(`The plugin "${name}" adds nothing.`);
      return `"${name}" in ${file}${owner ? `, of ${owner.name} ${owner.version || 'without a version'}` : ''}`;
    }),
    await tried(
      'API version',
      () => (hostOf(others).install({ ...plugin, requires: [], contributes: [] }), `${apiVersion}, as this app has`),
    ),
  ];
  if (plugin.apiVersion !== apiVersion) return findings; // what it holds means something else
  findings.push(
    await tried(
      'requires',
      () => (hostOf(others).install({ ...plugin, contributes: [] }), requires.join(', ') || 'nothing'),
    ),
    await tried('copies', () => (checkCopies(), 'one of each package')),
    await tried('names', () => (hostOf(others).install({ ...plugin, requires: [] }), 'nobody else has them')),
  );
  if (findings.every(({ holds }) => holds))
    findings.push(
      await tried(
        'installed',
        async () => (await (await createApp([...others, plugin])).dispose(), 'set up, and gone again'),
      ),
    );
  for (const one of contributes as readonly Contribution<Makeable>[])
    findings.push({
      ...(await tried(`${one.point.label} ${one.value.name}`, () => makeOf(one.value))),
      usedBy: usedBy(one.point, others) ?? 'the plugin that has this extension point',
    });
  return findings;
}

/** Where an extension point is used; a plugin that is a plain object may name a point without saying so. */
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

/** Something that a configuration may be able to name and make. */
interface Makeable extends Named {
  create?(options?: object): unknown;
}

/** Makes a contribution as a configuration would without options. @throws where it takes options that it does not have, or fails without a sentence */
async function makeOf(value: Makeable): Promise<string> {
  if (typeof value.create !== 'function') return 'is there';
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
      'It takes an option that it does not have ("noSuchOption") without a word. Make it with configurable(name, create, option names).',
    );
  const problem = await make({});
  if (!problem) return 'is made without options';
  if (problem.name !== 'Error' || !/[.?]$/.test(problem.message))
    throw new Error(`Without options it fails with "${problem.message}". Say in a sentence what it needs.`);
  return `says what it needs: ${problem.message}`;
}
