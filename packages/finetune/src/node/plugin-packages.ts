import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a package says of itself, as far as it concerns plugins. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly keywords: readonly string[];
  /** Versions of other packages that it needs, peers before dependencies. */
  readonly needs: Readonly<Record<string, string>>;
}

/** The package that a file belongs to: the nearest manifest with a name, upwards. */
export async function packageOf(file: string): Promise<PackageManifest | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = await readManifest(folder);
    if (manifest || folder === dirname(folder)) return manifest;
  }
}

/** An installed package, where Node would find it from one of these folders. Nothing of it is run. */
export async function installedPackage(name: string, ...from: readonly string[]): Promise<PackageManifest | undefined> {
  for (const modules of from.flatMap((folder) => createRequire(join(folder, 'noop.js')).resolve.paths(name) ?? [])) {
    const manifest = await readManifest(join(modules, name));
    if (manifest) return manifest;
  }
  return undefined;
}

/** Packages that a project names in its manifest and that are plugins by what theirs say: by keyword, or by what they want. Nothing of them is run. */
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

/** Of the package in a folder; none, where its manifest is missing or broken. */
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

/** Nothing, where there is no manifest or a broken one. */
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
