import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { noCache } from './no-cache.ts';
import { checkPlugin, type Plugin, reasonOf } from '@graft/plugin';
import { readManifest } from './plugin-packages.ts';

/** A plugin with the file it was loaded from. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  readonly file: string;
}

/** Whether a name is a path, not a package name. */
const isPath = (name: string): boolean => /^\.{1,2}([/\\]|$)/.test(name) || isAbsolute(name);

/** Whether a name is an npm package name, optionally with a subpath; not a URL or a Node module such as `node:fs`. */
const isName = (name: string): boolean => /^(@[\w.~-]+\/)?[\w.~-]+(\/[\w.~-]+)*$/.test(name) && !name.includes('..');

/** Makes a path absolute, relative to `folder`; a package name is returned unchanged. */
export const pluginFrom = (folder: string, name: string): string => (isPath(name) ? resolve(folder, name) : name);

/** Like {@link pluginFrom}, for plugins in a configuration file: a package that is installed only in the file's folder becomes a path. */
export async function configuredPlugin(folder: string, name: string): Promise<string> {
  if (isPath(name) || (await fileOf(name, process.cwd()))) return pluginFrom(folder, name);
  return (await fileOf(name, folder)) ?? name;
}

/**
 * Loads plugins: packages by name from the working folder's node_modules, files and folders by path. This runs their code, so names must only come
 * from the command line or the user's configuration, never from a run folder.
 * @throws if a plugin is not installed, fails to load, or is not a plugin
 */
export async function loadPlugins(names: readonly string[]): Promise<LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = [];
  for (const name of new Set(names)) {
    const file = isPath(name) ? await entryOf(resolve(name)) : await fileOf(name, process.cwd());
    if (!file)
      throw new Error(
        isName(name)
          ? `The plugin "${name}" is not installed in "${process.cwd()}". Install it (npm install ${name}), or give the path of a file, such as ./my-plugin.ts.`
          : `The plugin ${JSON.stringify(name)} is neither a package name nor a path that begins with ./ or /. Give one of these.`,
      );
    const module = await importModule(file).catch((error: unknown) => {
      throw new Error(`The plugin "${name}" cannot be loaded: ${reasonOf(error)}.`, { cause: error });
    });
    loaded.push({ plugin: checkPlugin(module.default, `"${name}"`), file });
  }
  return loaded;
}

/** Resolves a package like an import from a folder; undefined if it is not found. */
async function fileOf(name: string, folder: string): Promise<string | undefined> {
  if (!isName(name)) return undefined;
  const url = (await jitiOf(folder)).esmResolve(name, { try: true, conditions: ['node', 'import', 'default'] });
  const file = url?.startsWith('file:') ? fileURLToPath(url) : undefined;
  return file !== undefined && kindOf(file) === 'file' ? file : undefined;
}

/** The entry file of a path: the file itself, or the main module of the package in a folder. */
async function entryOf(path: string): Promise<string> {
  const kind = kindOf(path);
  if (kind === 'file') return path;
  if (!kind) throw new Error(`There is no plugin at "${path}". Check the path.`);
  const manifest = await readManifest(path);
  const file = manifest && (await fileOf(manifest.name, path));
  if (!file)
    throw new Error(
      `"${path}" does not contain a package with an existing entry file. Build the package, or give the path of a file.`,
    );
  return file;
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
}

/** Errors of Node for TypeScript that it cannot run, depending on its version and the syntax. */
const unsupportedTypeScript: ReadonlySet<unknown> = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
]);

/** Imports a file with Node's own import, so plugins share modules that are already loaded. Only TypeScript that Node cannot run goes through jiti. */
async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    if (!/\.[mc]?ts$/.test(file) || !unsupportedTypeScript.has((error as NodeJS.ErrnoException).code)) throw error;
    return (await jitiOf(file)).import(file);
  }
}

async function jitiOf(place: string): Promise<import('jiti').Jiti> {
  const { createJiti } = await import('jiti'); // only with plugins, because it is slow to load
  return createJiti(pathToFileURL(join(place, 'noop.js')).href, { extensions: ['.ts', '.mts', '.cts'], ...noCache });
}
