import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { put, workFolder } from '../../test/work-folder.ts';
import { configuredPlugin, loadPlugins, pluginFrom } from './load-plugins.ts';

const folder = workFolder();
const [project, beside] = [join(folder, 'project'), join(folder, 'beside')];
const source = (name: string): string => `export default { name: '${name}', apiVersion: 1, contributes: [] };`;
const installed = (place: string, name: string, exports: object | string): void => {
  put(JSON.stringify({ name, version: '1.2.3', type: 'module', exports }), place, 'node_modules', name, 'package.json');
  put(source(name), place, 'node_modules', name, 'dist/index.js');
};
installed(project, 'graft-plugin-near', { '.': { import: './dist/index.js' } });
installed(project, '@me/graft-plugin', './dist/index.js');
installed(beside, 'graft-plugin-far', { '.': './dist/index.js' });
put(source('script'), project, 'script.mjs');
put(
  `const apiVersion: number = 1;\nexport default { name: 'typed', apiVersion, contributes: [] };`,
  project,
  'typed.ts',
);

vi.spyOn(process, 'cwd').mockReturnValue(project);
afterEach(() => void vi.spyOn(process, 'cwd').mockReturnValue(project));
const names = async (...given: string[]): Promise<string[]> =>
  (await loadPlugins(given)).map(({ plugin }) => plugin.name);

test('packages are loaded by name, files and folders by path, each once and in the given order', async () => {
  expect(await names('graft-plugin-near', '@me/graft-plugin', 'graft-plugin-near')).toEqual([
    'graft-plugin-near',
    '@me/graft-plugin',
  ]);
  expect(
    await names(
      join(project, 'typed.ts'),
      join(project, 'script.mjs'),
      join(project, 'node_modules/graft-plugin-near'),
    ),
  ).toEqual(['typed', 'script', 'graft-plugin-near']);
  expect((await loadPlugins(['graft-plugin-near']))[0]!.file).toBe(
    join(project, 'node_modules/graft-plugin-near/dist/index.js'),
  );
});
test('paths are relative to the configuration, names are resolved from the working folder, then from the configuration', async () => {
  expect([pluginFrom(beside, './a.ts'), pluginFrom(beside, '..'), pluginFrom(beside, 'graft-plugin-near')]).toEqual([
    join(beside, 'a.ts'),
    folder,
    'graft-plugin-near',
  ]);
  expect(await configuredPlugin(beside, './a.ts')).toBe(join(beside, 'a.ts'));
  expect(await configuredPlugin(beside, 'graft-plugin-near')).toBe('graft-plugin-near');
  expect(await configuredPlugin(beside, 'graft-plugin-far')).toBe(
    join(beside, 'node_modules/graft-plugin-far/dist/index.js'),
  );
  expect(await configuredPlugin(beside, 'graft-plugin-none')).toBe('graft-plugin-none');
});

put('export const plugin = {};', project, 'named.mjs');
put('export default () => 1;', project, 'function.mjs');
put('throw new Error("on purpose");', project, 'broken.mjs');
put('throw undefined;', project, 'silent.mjs');
put(JSON.stringify({ name: 'unbuilt', exports: './dist/index.js' }), project, 'unbuilt/package.json');
put('{', project, 'torn/package.json');
test.each([
  [
    'graft-plugin-none',
    `The plugin "graft-plugin-none" is not installed in "${project}". Install it (npm install graft-plugin-none), or give the path of a file, such as ./my-plugin.ts.`,
  ],
  ['fs', 'The plugin "fs" is not installed'],
  ['node:fs', 'The plugin "node:fs" is neither a package name nor a path that begins with ./ or /. Give one of these.'],
  ['data:text/javascript,export default 1', 'is neither a package name nor a path'],
  ['near/../../x', 'is neither a package name nor a path'],
  [join(project, 'none.ts'), `There is no plugin at "${join(project, 'none.ts')}". Check the path.`],
  [
    join(project, 'named.mjs'),
    'named.mjs" is not a plugin: it has no default export. A plugin is a default export: definePlugin(',
  ],
  [join(project, 'function.mjs'), 'function.mjs" is not a plugin: its default export is a function.'],
  [join(project, 'broken.mjs'), /^The plugin ".*broken\.mjs" cannot be loaded: on purpose\.$/],
  [join(project, 'silent.mjs'), /^The plugin ".*silent\.mjs" cannot be loaded: it throws a value without a message\.$/],
  [
    join(project, 'unbuilt'),
    'unbuilt" does not contain a package with an existing entry file. Build the package, or give the path of a file.',
  ],
  [join(project, 'torn'), 'torn" does not contain a package with an existing entry file.'],
])('rejects %s', async (name, message) => await expect(loadPlugins([name])).rejects.toThrow(message));
