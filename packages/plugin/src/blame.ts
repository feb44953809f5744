import { asGraftError, GraftError } from './graft-error.ts';

/** Errors of standard plugins need no prefix. */
const isStandard = (plugin: string): boolean => plugin.startsWith('@graft/');

/**
 * Wraps an object created by a plugin, so errors from its methods name the plugin: `The callback "x" of the plugin "y" failed: …`. Objects of standard plugins
 * are returned unchanged.
 * @param what a description of the object, such as `callback "x"`
 */
export function blamed<T extends object>(made: T, what: string, plugin: { readonly name: string } | undefined): T {
  if (!plugin || isStandard(plugin.name)) return made;
  const named = (error: unknown): GraftError => pluginError(error, what, plugin);
  const call = (method: (...args: unknown[]) => unknown, args: unknown[]): unknown => {
    try {
      // `this` is the original object, because private fields are not accessible through a proxy.
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

/** Converts an error thrown by a plugin's code to one that names the plugin. A {@link GraftError} is returned unchanged. */
export const pluginError = (error: unknown, what: string, plugin: { readonly name: string }): GraftError =>
  error instanceof GraftError
    ? error
    : new GraftError(`The ${what} of the plugin "${plugin.name}" failed: ${asGraftError(error, '').message}`, {
        code: 'plugin.failed',
        place: plugin.name,
        cause: error,
      });
