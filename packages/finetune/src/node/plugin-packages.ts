import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The parts of a package.json that matter for plugins. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly keywords: readonly string[];
  /** Version ranges of its dependencies and peer dependencies; the latter take precedence. */
  readonly needs: Readonly<Record<string, string>>;
}

/** Finds the package that a file belongs to: the nearest package.json with a name in its parent folders. */
export async function packageOf(file: string): Promise<PackageManifest | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = await readManifest(folder);
    if (manifest || folder === dirname(folder)) return manifest;
  }
}

/** Finds an installed package like Node does from one of these folders, without running its code. */
export async function installedPackage(name: string, ...from: readonly string[]): Promise<PackageManifest | undefined> {
  for (const modules of from.flatMap((folder) => createRequire(join(folder, 'noop.js')).resolve.paths(name) ?? [])) {
    const manifest = await readManifest(join(modules, name));
    if (manifest) return manifest;
  }
  return undefined;
}

/** Finds plugins among a project's dependencies: packages with the keyword `graft-plugin` or a dependency on `@graft/plugin`. Their code is not run. */
export async function pluginPackages(folder: string): Promise<PackageManifest[]> {
  const project = await readJson(folder);
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(textsOf(project[kind])),
  );
  const found = await Promise.all([...new Set(names)].sort().map((name) => installedPackage(name, folder)));
  return found
    .filter((one) => one !== undefined)
    .filter(
      ({ name, keywords, needs }) =>
        !name.startsWith('@graft/') && (keywords.includes('graft-plugin') || needs['@graft/plugin'] !== undefined),
    );
}

/** Reads the package.json in a folder; undefined if it is missing or invalid. */
export async function readManifest(folder: string): Promise<PackageManifest | undefined> {
  const { name, version = '', keywords, dependencies, peerDependencies } = await readJson(folder);
  if (typeof name !== 'string' || typeof version !== 'string') return undefined;
  return {
    name,
    version,
    folder: await realpath(folder),
    keywords: Array.isArray(keywords) ? keywords.filter((word) => typeof word === 'string') : [],
    needs: { ...textsOf(dependencies), ...textsOf(peerDependencies) },
  };
}

/** The package.json in a folder; empty if it is missing or invalid. */
const readJson = (folder: string): Promise<Readonly<Record<string, unknown>>> =>
  readFile(join(folder, 'package.json'), 'utf8')
    .then(
      (text) => Object(JSON.parse(text)) as Record<string, unknown>,
      () => ({}),
    )
    .catch(() => ({}));

const textsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Object(value) as object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
