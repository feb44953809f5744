import { describe, expect, test } from 'vitest';
import { apiVersion, App, createApp, type Contribution, type Plugin } from '../index.ts';

/** Options of {@link describePlugin}. */
export interface PluginChecks {
  /** Plugins that must be installed first, in order. */
  readonly after?: readonly Plugin[];
  /** Options for creating contributions, by name. The others are created without options, and may throw an error that says what they expect. */
  readonly options?: Readonly<Record<string, object>>;
  /** Contributions that these tests do not create, by name, with the reason. */
  readonly notMade?: Readonly<Record<string, string>>;
}

/** A factory that a configuration can call by name. */
interface Creatable {
  create(options?: object): unknown;
}

/**
 * Declares tests that every plugin must pass: its manifest is valid, it can be installed after its requirements without name conflicts, a configuration can create its
 * contributions by name, misspelt options are rejected, and apps with it can be disposed of.
 */
export function describePlugin(plugin: Plugin, { after = [], options = {}, notMade = {} }: PluginChecks = {}): void {
  const creatable = plugin.contributes.filter(
    (one): one is Contribution<Creatable & { name: string }> =>
      typeof (one.value as Partial<Creatable>).create === 'function',
  );

  describe(`plugin ${plugin.name}`, () => {
    test('its manifest has a name and an API version', () => {
      expect(plugin.name, 'the name must be the package’s').toMatch(
        /^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*(\/[a-z]+)?$/,
      );
      expect(plugin.apiVersion).toBe(apiVersion);
      expect(plugin.contributes.length, 'a plugin must contribute something').toBeGreaterThan(0);
    });
    test('it is installed once, after its requirements', async () => {
      const app = await createApp([...after, plugin]);
      expect(app.plugins.at(-1)).toBe(plugin);
      expect(() => app.install(plugin)).toThrow('is installed twice');
      await app.dispose();
      for (const required of plugin.requires ?? [])
        expect(
          after.map(({ name }) => name),
          `"after" must list "${required}", which the plugin requires`,
        ).toContain(required);
      if (plugin.requires?.length) expect(() => new App().install(plugin)).toThrow(`Plugin "${plugin.name}" needs`);
    });
    test('all contributions are found by name', async () => {
      const app = await createApp([...after, plugin]);
      for (const { point, value } of plugin.contributes)
        expect(app.get(point, (value as { name: string }).name)).toBe(value);
      await app.dispose();
    });
    test('two apps with it do not interfere', async () => {
      const [first, second] = [await createApp([...after, plugin]), await createApp([...after, plugin])];
      await first.dispose();
      for (const { point, value } of plugin.contributes)
        expect(second.get(point, (value as { name: string }).name)).toBe(value);
      await second.dispose();
    });
    for (const { point, value } of creatable) {
      const reason = notMade[value.name];
      test(`${point.label} ${value.name} is created from options, and rejects a misspelt one${reason === undefined ? '' : `; not created here: ${reason}`}`, async () => {
        const given = options[value.name];
        const make = async (more: object): Promise<unknown> => value.create({ ...given, ...more });
        await expect(make({ noSuchOption: 1 }), 'create it with configurable(name, create, options)').rejects.toThrow(
          'noSuchOption',
        );
        if (reason !== undefined) return;
        const problem = await make({}).then(
          () => undefined,
          (error: Error) => error,
        );
        if (!problem) return;
        if (given) throw problem;
        expect(problem.name, `the error should say in one sentence what is expected, not "${problem.message}"`).toBe(
          'Error',
        );
        expect(problem.message).toMatch(/\.$/);
      });
    }
  });
}
