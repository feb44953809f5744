import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '@graft/plugin';
import { schemeOf } from '@graft/zoo';
import { noCache } from './no-cache.ts';
import { configuredPlugin } from './load-plugins.ts';
import { parseRunOptions, type RunOptions } from '../run-options.ts';

/** Type-checks a configuration file: `export default defineConfig({ model: …, data: … })`. */
export const defineConfig = (options: Partial<RunOptions>): Partial<RunOptions> => options;

/** Maximum size of a configuration file, in bytes. */
const maxBytes = 2 ** 20;

/**
 * Reads the options of a run from a JSON file, or from the default export of a TypeScript or JavaScript module. Relative paths are resolved from its folder.
 * A module is executed, because it is the user's own code; code in a run folder never is.
 * @throws if the file cannot be read or an option is invalid; the error names both
 */
export async function readConfig(path: string): Promise<Partial<RunOptions>> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The configuration "${path}" cannot be read (${error.code}). Check the path.`, { cause: error });
  });
  if (!found.isFile() || found.size > maxBytes)
    throw new Error(`The configuration "${path}" is not a file of at most 1 MB.`);
  const options = parseRunOptions(extname(path) === '.json' ? await json(path) : await moduleOf(path), `"${path}"`);
  const beside = (
    option: 'model' | 'weights' | 'data' | 'validationData' | 'testData' | 'unknownData' | 'pathRoot' | 'features',
  ): Partial<RunOptions> => {
    const value = options[option];
    // A model can also be a name, and weights a URL.
    return value === undefined ||
      (option === 'model' && !/[/\\]|\.onnx$/i.test(value)) ||
      (option === 'weights' && schemeOf(value) !== undefined)
      ? {}
      : { [option]: resolve(dirname(path), value) };
  };
  const plugins = await Promise.all(
    (options.plugins ?? []).map((name) => configuredPlugin(resolve(dirname(path)), name)),
  );
  return {
    ...options,
    ...beside('model'),
    ...beside('weights'),
    ...beside('data'),
    ...beside('validationData'),
    ...beside('testData'),
    ...beside('unknownData'),
    ...beside('pathRoot'),
    ...beside('features'),
    ...(options.plugins && { plugins }),
  };
}

async function json(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`The configuration "${path}" is not JSON (${(error as Error).message}).`, { cause: error });
  }
}

/** A copy of an object's values, because a module may define them with getters that run code. @throws what a getter throws */
const read = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value) ? value : { ...value };

async function moduleOf(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti'); // only for a module, because it is slow to load
  try {
    const jiti = createJiti(pathToFileURL(resolve(path)).href, noCache);
    return read(await jiti.import(resolve(path), { default: true }));
  } catch (error) {
    throw new Error(`The configuration "${path}" cannot be loaded: ${reasonOf(error)}.`, { cause: error });
  }
}
