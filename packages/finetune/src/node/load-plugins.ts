import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { noCache } from './no-cache.ts';
import { checkPlugin, type Plugin } from '@graft/plugin';
import { readManifest } from './plugin-packages.ts';

/** A plugin with the file that it was found in. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  readonly file: string;
}

/** Whether somebody means a file or a folder, and not a package by its name. */
const isPath = (name: string): boolean => /^\.{1,2}([/\\]|$)/.test(name) || isAbsolute(name);

/** A package's name, as npm has it, and what it publishes under a name of its own; no address and no module of Node's. */
const isName = (name: string): boolean => /^(@[\w.~-]+\/)?[\w.~-]+(\/[\w.~-]+)*$/.test(name) && !name.includes('..');

/** The same plugin, wherever it is asked for: a path, absolute from `folder`; a package's name as it is. */
export const pluginFrom = (folder: string, name: string): string => (isPath(name) ? resolve(folder, name) : name);

/** As {@link pluginFrom} for what a configuration names: a package that only its own folder has becomes the path of its file. */
export async function configuredPlugin(folder: string, name: string): Promise<string> {
  if (isPath(name) || (await fileOf(name, process.cwd()))) return pluginFrom(folder, name);
  return (await fileOf(name, folder)) ?? name;
}

/**
 * Loads plugins: packages by their names, from the working folder's node_modules, or files and folders by their paths. Their code is run. So the names have to come
 * from the command line or from a configuration that it names, never from a file that a run left.
 * @throws where one is not installed, fails as it loads, or is not a plugin
 */
export async function loadPlugins(names: readonly string[]): Promise<LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = [];
  for (const name of new Set(names)) {
    const file = isPath(name) ? await entryOf(resolve(name)) : await fileOf(name, process.cwd());
    if (!file)
      throw new Error(
        isName(name)
          ? `The plugin "${name}" is not installed in "${process.cwd()}". Install it (npm install ${name}), or give the path of a file, such as ./my-plugin.ts.`
          : `The plugin ${JSON.stringify(name)} is neither a package's name nor a path that begins with ./ or /. Give one of these.`,
      );
    const module = await importModule(file).catch((error: Error) => {
      throw new Error(`The plugin "${name}" cannot be loaded: ${error.message}`, { cause: error });
    });
    loaded.push({ plugin: checkPlugin(module.default, `"${name}"`), file });
  }
  return loaded;
}

/** Where a package's module lies, as import would find it from a folder. */
async function fileOf(name: string, folder: string): Promise<string | undefined> {
  if (!isName(name)) return undefined;
  const url = (await jitiOf(folder)).esmResolve(name, { try: true, conditions: ['node', 'import', 'default'] });
  const file = url?.startsWith('file:') ? fileURLToPath(url) : undefined;
  return file !== undefined && kindOf(file) === 'file' ? file : undefined;
}

/** A file itself; of a folder the module of the package in it. */
async function entryOf(path: string): Promise<string> {
  const kind = kindOf(path);
  if (kind === 'file') return path;
  if (!kind) throw new Error(`There is no plugin at "${path}". Check the path.`);
  const manifest = await readManifest(path);
  const file = manifest && (await fileOf(manifest.name, path));
  if (!file)
    throw new Error(`"${path}" holds no package with an entry that is there. Build it, or give the path of a file.`);
  return file;
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
}

/** What Node does not read of TypeScript itself, by version and syntax. */
const untranslated: ReadonlySet<unknown> = new Set([
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
]);

/** By Node's own import, so a plugin shares the modules that are loaded already; where Node reads no TypeScript, that alone is translated. */
async function importModule(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    if (!/\.[mc]?ts$/.test(file) || !untranslated.has((error as NodeJS.ErrnoException).code)) throw error;
    return (await jitiOf(file)).import(file);
  }
}

async function jitiOf(place: string): Promise<import('jiti').Jiti> {
  const { createJiti } = await import('jiti'); // only where there are plugins: it takes a moment to load
  return createJiti(pathToFileURL(join(place, 'noop.js')).href, { extensions: ['.ts', '.mts', '.cts'], ...noCache });
}
