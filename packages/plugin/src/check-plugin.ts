import { apiVersion, type Plugin } from './plugin.ts';

/**
 * Checks that a module exports a plugin, for hosts that load plugins by name. Plugins for another API version are not checked further; `install` rejects them.
 * @param where the module's name in messages
 * @throws if it is not a plugin; the error says what was found
 */
export function checkPlugin(value: unknown, where: string): Plugin {
  const problem = problemOf(value);
  if (problem)
    throw new Error(
      `${where} is not a plugin: ${problem}. A plugin is a default export: definePlugin({ name, apiVersion, contributes: [ … ] }).`,
    );
  return value as Plugin;
}

function problemOf(value: unknown): string | undefined {
  if (value === undefined) return 'it has no default export';
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `its default export is ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`}`;
  const {
    name,
    apiVersion: version,
    requires = [],
    contributes,
    setup,
    dispose,
  } = value as Partial<Record<keyof Plugin, unknown>>;
  if (typeof name !== 'string' || !name) return 'its default export has no "name"';
  if (typeof version !== 'number') return `its default export "${name}" has no "apiVersion"`;
  if (version !== apiVersion) return undefined;
  if (!Array.isArray(requires) || !requires.every((other) => typeof other === 'string'))
    return `"requires" of "${name}" is not an array of names`;
  if (!Array.isArray(contributes)) return `"contributes" of "${name}" is not an array`;
  const invalid = contributes.findIndex((one) => !isContribution(one));
  if (invalid >= 0) return `contribution ${invalid + 1} of "${name}" was not created by an extension point`;
  for (const [key, hook] of Object.entries({ setup, dispose }))
    if (hook !== undefined && typeof hook !== 'function') return `"${key}" of "${name}" is not a function`;
  return undefined;
}

function isContribution(value: unknown): boolean {
  const { point, value: named } = (value ?? {}) as {
    readonly point?: { readonly label?: unknown; readonly token?: unknown };
    readonly value?: { readonly name?: unknown };
  };
  return typeof point?.label === 'string' && point.token !== undefined && typeof named?.name === 'string';
}
