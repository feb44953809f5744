import { describe, expect, test } from 'vitest';
import { apiVersion, App, createApp, type Contribution, type Plugin } from '../index.ts';

/** What {@link describePlugin} is told about a plugin. */
export interface PluginChecks {
  /** Plugins that must be installed before, in their order. */
  readonly after?: readonly Plugin[];
  /** Options to make contributions with, by name; the others are made without any, and may say in a sentence what they want. */
  readonly options?: Readonly<Record<string, object>>;
  /** Why a contribution is not made from options here, by name. */
  readonly notMade?: Readonly<Record<string, string>>;
}

/** Something that a configuration can name and make. */
interface Makeable {
  create(options?: object): unknown;
}

/**
 * Checks that a plugin keeps its promises: its manifest, its place after what it requires, names that clash with nobody's, contributions that a
 * configuration can name and make, options that are refused where they are misspelt, and an end that leaves nothing behind.
 */
export function describePlugin(plugin: Plugin, { after = [], options = {}, notMade = {} }: PluginChecks = {}): void {
  const made = plugin.contributes.filter(
    (one): one is Contribution<Makeable & { name: string }> =>
      typeof (one.value as Partial<Makeable>).create === 'function',
  );

  describe(`plugin ${plugin.name}`, () => {
    test('its manifest says who it is and what it was written for', () => {
      expect(plugin.name, 'the name is the package’s').toMatch(
        /^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*(\/[a-z]+)?$/,
      );
      expect(plugin.apiVersion).toBe(apiVersion);
      expect(plugin.contributes.length, 'a plugin that adds nothing is none').toBeGreaterThan(0);
    });
    test('it is installed after what it requires, and once', async () => {
      const app = await createApp([...after, plugin]);
      expect(app.plugins.at(-1)).toBe(plugin);
      expect(() => app.install(plugin)).toThrow('is installed twice');
      await app.dispose();
      for (const required of plugin.requires ?? [])
        expect(
          after.map(({ name }) => name),
          `"after" holds "${required}", which it requires`,
        ).toContain(required);
      if (plugin.requires?.length) expect(() => new App().install(plugin)).toThrow(`Plugin "${plugin.name}" needs`);
    });
    test('everything it adds is found by its name', async () => {
      const app = await createApp([...after, plugin]);
      for (const { point, value } of plugin.contributes)
        expect(app.get(point, (value as { name: string }).name)).toBe(value);
      await app.dispose();
    });
    test('two apps with it do not get in each other’s way', async () => {
      const [first, second] = [await createApp([...after, plugin]), await createApp([...after, plugin])];
      await first.dispose();
      for (const { point, value } of plugin.contributes)
        expect(second.get(point, (value as { name: string }).name)).toBe(value);
      await second.dispose();
    });
    for (const { point, value } of made) {
      const reason = notMade[value.name];
      test(`${point.label} ${value.name} is made from options, and refuses a misspelt one${reason === undefined ? '' : `; not made here: ${reason}`}`, async () => {
        const given = options[value.name];
        const make = async (more: object): Promise<unknown> => value.create({ ...given, ...more });
        await expect(
          make({ noSuchOption: 1 }),
          'make it with configurable(name, create, option names)',
        ).rejects.toThrow('noSuchOption');
        if (reason !== undefined) return;
        const problem = await make({}).then(
          () => undefined,
          (error: Error) => error,
        );
        if (!problem) return;
        if (given) throw problem;
        expect(problem.name, `what it wants is said in a sentence, and not as "${problem.message}"`).toBe('Error');
        expect(problem.message).toMatch(/\.$/);
      });
    }
  });
}
