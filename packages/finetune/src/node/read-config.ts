import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { noCache } from './no-cache.ts';
import { configuredPlugin } from './load-plugins.ts';
import { parseRunOptions, type RunOptions } from '../run-options.ts';

/** Checks a configuration's types where it is written: `export default defineConfig({ model: …, data: … })`. */
export const defineConfig = (options: Partial<RunOptions>): Partial<RunOptions> => options;

/** Bytes of the largest configuration that is read. */
const mostBytes = 2 ** 20;

/**
 * Options of a run from a file: JSON, or a TypeScript or JavaScript module whose default export they are. Paths in it are meant from where it lies.
 * A module is the user's own program and is run; what a run folder holds never is.
 * @throws with the file, and the option that is wrong
 */
export async function readConfig(path: string): Promise<Partial<RunOptions>> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The configuration "${path}" cannot be read (${error.code}). Check the path.`, { cause: error });
  });
  if (!found.isFile() || found.size > mostBytes)
    throw new Error(`The configuration "${path}" is not a file of at most 1 MB.`);
  const options = parseRunOptions(extname(path) === '.json' ? await json(path) : await moduleOf(path), `"${path}"`);
  const beside = (option: 'model' | 'data' | 'features'): Partial<RunOptions> => {
    const value = options[option];
    // A model may be a name as well.
    return value === undefined || (option === 'model' && !/[/\\]|\.onnx$/i.test(value))
      ? {}
      : { [option]: resolve(dirname(path), value) };
  };
  const plugins = await Promise.all(
    (options.plugins ?? []).map((name) => configuredPlugin(resolve(dirname(path)), name)),
  );
  return {
    ...options,
    ...beside('model'),
    ...beside('data'),
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

async function moduleOf(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti'); // only where there is a module: it takes a moment to load
  try {
    return await createJiti(pathToFileURL(resolve(path)).href, noCache).import(resolve(path), { default: true });
  } catch (error) {
    throw new Error(`The configuration "${path}" cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
}
