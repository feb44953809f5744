import { asGraftError, GraftError } from './graft-error.ts';

/** Plugins whose own sentences say enough. */
const isStandard = (plugin: string): boolean => plugin.startsWith('@graft/');

/**
 * Something that a plugin made, whose methods name the plugin where they throw: `The callback "x" of the plugin "y" failed: …`. What standard plugins made
 * is returned as it is.
 * @param what it is, such as `callback "x"`
 */
export function blamed<T extends object>(made: T, what: string, plugin: { readonly name: string } | undefined): T {
  if (!plugin || isStandard(plugin.name)) return made;
  const named = (error: unknown): GraftError => pluginError(error, what, plugin);
  const call = (method: (...args: unknown[]) => unknown, args: unknown[]): unknown => {
    try {
      // Methods of classes keep their private fields: `this` is what was made.
      const result = Reflect.apply(method, made, args);
      return result instanceof Promise
        ? result.catch((error: unknown) => {
            throw named(error);
          })
        : result;
    } catch (error) {
      throw named(error);
    }
  };
  return new Proxy(made, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function'
        ? (...args: unknown[]) => call(value as (...args: unknown[]) => unknown, args)
        : value;
    },
  });
}

/** An error that a plugin's code threw, as one that names the plugin. One that has a code already keeps it. */
export const pluginError = (error: unknown, what: string, plugin: { readonly name: string }): GraftError =>
  error instanceof GraftError
    ? error
    : new GraftError(`The ${what} of the plugin "${plugin.name}" failed: ${asGraftError(error, '').message}`, {
        code: 'plugin.failed',
        place: plugin.name,
        cause: error,
      });
