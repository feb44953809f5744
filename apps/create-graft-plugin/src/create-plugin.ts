import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pluginFiles } from './plugin-files.ts';

/**
 * Writes a new plugin package to a folder with its name.
 * @param name of the npm package, such as `graft-plugin-swish` or `@me/graft-plugin-swish`; the folder is named after the part after the slash
 * @returns the written paths, relative to the folder
 * @throws if the name is invalid, or the folder is not empty
 */
export async function createPlugin(parent: string, name: string): Promise<string[]> {
  if (!/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z][a-z0-9._-]*$/.test(name) || name.length > 214)
    throw new Error(
      `${JSON.stringify(name)} is not a valid npm package name. Use lowercase letters, digits, dots and dashes, such as graft-plugin-swish.`,
    );
  const folder = join(parent, name.split('/').at(-1)!);
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new Error(`"${folder}" is not a folder (${error.code}). Choose another name.`, { cause: error });
  });
  if (there.length)
    throw new Error(`The folder "${folder}" is not empty (${there[0]}). Choose another name, or empty it.`);
  const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const files = pluginFiles(name, version);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content, { flag: 'wx' });
  }
  return Object.keys(files);
}
