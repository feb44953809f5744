// @ts-check
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * A package of the lockfile.
 * @typedef {object} Locked
 * @property {string} name
 * @property {string} version
 * @property {string} integrity its digest, such as sha512-…; empty for packages of the workspace
 * @property {boolean} optional whether it is only installed where it fits, such as a binary of one platform
 * @property {readonly string[]} dependencies keys of the packages that it needs, sorted
 */

/** @typedef {{ readonly version: string, readonly dependencies: Readonly<Record<string, string>>, readonly optionalDependencies: Readonly<Record<string, string>> }} Wanted */
/** @typedef {{ [key: string]: Tree | string }} Tree */

/**
 * Reads a lockfile of pnpm (version 9). It uses a part of YAML: maps by indentation, whose values are on the same line.
 * @param {string} text
 * @returns {Tree}
 */
export function readLockfile(text) {
  /** @type {Tree} */
  const root = {};
  /** @type {{ indent: number, tree: Tree }[]} */
  const open = [{ indent: -1, tree: root }];
  for (const line of text.split('\n')) {
    const found = /^( *)(?:'([^']+)'|([^\s'][^:]*|[^\s':][^\s]*?)):(?: (.*))?$/.exec(line);
    if (!found) continue;
    const indent = (found[1] ?? '').length;
    const key = found[2] ?? found[3] ?? '';
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const parent = /** @type {{ tree: Tree }} */ (open.at(-1)).tree;
    const value = found[4];
    if (value === undefined) {
      const tree = /** @type {Tree} */ ({});
      parent[key] = tree;
      open.push({ indent, tree });
    } else parent[key] = value.replaceAll(/^'|'$/g, '');
  }
  if (root['lockfileVersion'] !== '9.0')
    throw new Error(`pnpm-lock.yaml has version ${textOf(root['lockfileVersion'])}, but 9.0 is supported.`);
  return root;
}

const textOf = (/** @type {Tree | string | undefined} */ value) => (typeof value === 'string' ? value : '');
const treeOf = (/** @type {Tree | string | undefined} */ value) =>
  /** @type {Tree} */ (typeof value === 'object' ? value : {});

/** Name and version of a key, such as @img/colour@1.1.0 or sharp@0.35.5(@types/node@20.19.43). @param {string} key */
export function nameAndVersion(key) {
  const plain = key.replace(/\(.*$/, '');
  const at = plain.lastIndexOf('@');
  return { name: plain.slice(0, at), version: plain.slice(at + 1) };
}

/** All third-party packages of a lockfile, each version once. @param {Tree} lock @returns {{ name: string, version: string }[]} */
export const lockedVersions = (lock) => Object.keys(treeOf(lock['packages'])).map(nameAndVersion);

/**
 * The packages that users install with a package of the workspace, with those of the workspace, by key. Optional peers are left out: users choose them.
 * @param {string} root the workspace
 * @param {string} from the folder of the package in the workspace, such as apps/graft
 * @returns {Map<string, Locked>}
 */
export function installedWith(root, from) {
  const lock = readLockfile(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'));
  const [importers, packages, snapshots] = ['importers', 'packages', 'snapshots'].map((name) => treeOf(lock[name]));
  /** @type {Map<string, Locked>} */
  const found = new Map();
  /** @param {string} folder */
  const addWorkspace = (folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const key = `${manifest.name}@${manifest.version}`;
    if (found.has(key)) return key;
    /** @type {string[]} */
    const dependencies = [];
    found.set(key, { name: manifest.name, version: manifest.version, integrity: '', optional: false, dependencies });
    const importer = treeOf(importers?.[folder]);
    for (const kind of ['dependencies', 'optionalDependencies'])
      for (const name of Object.keys(manifest[kind] ?? {})) {
        const version = treeOf(treeOf(importer[kind])[name])['version'];
        if (typeof version !== 'string')
          throw new Error(`pnpm-lock.yaml has no version of ${name}, which ${key} needs.`);
        dependencies.push(
          version.startsWith('link:')
            ? addWorkspace(posix.join(folder, version.slice('link:'.length)))
            : addLocked(keyOf(name, version), kind === 'optionalDependencies'),
        );
      }
    dependencies.sort();
    return key;
  };
  /** @param {string} key @param {boolean} optional */
  const addLocked = (key, optional) => {
    const { name, version } = nameAndVersion(key);
    const own = `${name}@${version}`;
    if (found.has(own)) return own;
    const entry = treeOf(packages?.[own]);
    const integrity = /integrity: ([^,}\s]+)/.exec(textOf(entry['resolution']))?.[1];
    if (!integrity) throw new Error(`pnpm-lock.yaml has no digest of ${own}.`);
    /** @type {string[]} */
    const dependencies = [];
    found.set(own, { name, version, integrity, optional, dependencies });
    const peers = treeOf(entry['peerDependenciesMeta']);
    for (const kind of ['dependencies', 'optionalDependencies'])
      for (const [needed, wanted] of Object.entries(treeOf(treeOf(snapshots?.[key])[kind])))
        if (!(needed in peers))
          dependencies.push(addLocked(keyOf(needed, textOf(wanted)), optional || kind === 'optionalDependencies'));
    dependencies.sort();
    return own;
  };
  addWorkspace(from);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The key of a dependency; an alias has a version with a name, such as other@1.0.0. @param {string} name @param {string} version */
const keyOf = (name, version) => (/^\d/.test(version) ? `${name}@${version}` : version);
