// @ts-check
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { parseSync } from 'vite';
import { layers, restricted } from './layers.mjs';

/**
 * @typedef {Readonly<Record<string, string>>} Tree file contents by path from the repository's root, with `/`
 * @typedef {{ file: string, line: number, request: string, typeOnly: boolean, dynamic: boolean, test: boolean }} Import
 * @typedef {{ name?: string, exports?: Record<string, unknown>, imports?: Record<string, unknown>, dependencies?: Record<string, string>, devDependencies?: Record<string, string>,
 *   peerDependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} Manifest
 */

/**
 * Lists all imports in the tree's projects that the architecture forbids, one sentence each.
 * @param {Tree} tree
 * @returns {string[]}
 */
export function checkImports(tree) {
  const root = manifestAt(tree, 'package.json');
  /** @type {Map<string, string>} */
  const folderByName = new Map();
  const folders = Object.keys(tree).flatMap(
    (file) => /^((?:packages|apps|examples|models)\/[^/]+)\/package\.json$/.exec(file)?.[1] ?? [],
  );
  for (const folder of folders) folderByName.set(manifestAt(tree, `${folder}/package.json`).name ?? folder, folder);
  return folders.flatMap((folder) => [
    ...checkManifest(tree, folder, folderByName),
    ...Object.keys(tree)
      .filter((file) => file.startsWith(`${folder}/src/`) && /\.m?[jt]s$/.test(file))
      .flatMap((file) => importsOf(file, tree[file] ?? ''))
      .flatMap((found) => {
        const problem = judge(found, folder, tree, folderByName, root);
        return problem ? [`${found.file}:${found.line} imports "${found.request}". ${problem}`] : [];
      }),
  ]);
}

/**
 * The problem with one import, or undefined.
 * @param {Import} found @param {string} folder @param {Tree} tree @param {Map<string, string>} folderByName @param {Manifest} root
 * @returns {string | undefined}
 */
function judge(found, folder, tree, folderByName, root) {
  const { request, file, test } = found;
  const manifest = manifestAt(tree, `${folder}/package.json`);
  if (request.startsWith('.')) {
    const target = posix.join(posix.dirname(file), request);
    // A test may import fixtures or tools from outside src, but never another project's sources.
    const other = folders(folderByName).find((one) => one !== folder && target.startsWith(`${one}/`));
    if (other) return `Import ${other} by its package name.`;
    return test || target.startsWith(`${folder}/src/`)
      ? undefined
      : `A package's source may not import files outside its src folder.`;
  }
  // A file of the package's own that differs by platform.
  if (request.startsWith('#'))
    return request in (manifest.imports ?? {}) ? undefined : `Name it under "imports" in ${folder}/package.json.`;
  const rule = restricted.find((one) => one.is(request));
  if (rule && !rule.allowed(found)) return `Not here. ${rule.wayOut}`;
  if (request.startsWith('node:')) return undefined;
  if (builtinModules.includes(request)) return `Write "node:${request}".`;
  const name = request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');
  const target = folderByName.get(name);
  if (name !== manifest.name) {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
    const allowed = test ? { ...declared, ...manifest.devDependencies, ...root.devDependencies } : declared;
    const order = target && orderProblem(folder, target, test);
    if (order) return order;
    if (!(name in allowed)) return `Declare "${name}" in ${folder}/package.json.`;
  }
  if (target === undefined) return undefined;
  const entry = `.${request.slice(name.length)}`;
  const entries = manifestAt(tree, `${target}/package.json`).exports ?? {};
  return entry in entries ? undefined : `${name} publishes ${Object.keys(entries).join(', ')}, not "${entry}".`;
}

/**
 * The problem with one project depending on another, or undefined.
 * @param {string} folder @param {string} target @param {boolean} test
 * @returns {string | undefined}
 */
function orderProblem(folder, target, test) {
  const [kind, from = ''] = folder.split('/');
  const [targetKind, to = ''] = target.split('/');
  // A plugin adds to an app through what the app publishes, such as a command.
  if (targetKind === 'apps') return kind === 'examples' ? undefined : `Only a plugin may import an app.`;
  if (kind !== 'packages') return undefined;
  if (targetKind !== 'packages') return `A package may not depend on ${target}.`;
  const [own, others] = [layers[from], layers[to]];
  if (own === undefined || others === undefined)
    return `Give ${own === undefined ? from : to} a layer in tools/architecture/layers.mjs.`;
  if (others > own)
    return `${from} (layer ${own}) may not depend on ${to} (layer ${others}): imports must point to lower layers.`;
  // Packages of the same layer may be combined in a test if the manifest lists them.
  return others === own && !test
    ? `${from} and ${to} are in the same layer ${own} and may not depend on each other.`
    : undefined;
}

/** @param {Tree} tree @param {string} folder @param {Map<string, string>} folderByName @returns {string[]} */
function checkManifest(tree, folder, folderByName) {
  const manifest = manifestAt(tree, `${folder}/package.json`);
  const [kind, name = ''] = folder.split('/');
  if (kind === 'packages' && layers[name] === undefined)
    return [`${folder} has no layer. Give it one in tools/architecture/layers.mjs.`];
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).flatMap((dependency) => {
    const target = folderByName.get(dependency);
    const problem = target && orderProblem(folder, target, false);
    return problem ? [`${folder}/package.json depends on "${dependency}". ${problem}`] : [];
  });
}

/** @param {string} file @param {string} text @returns {Import[]} */
function importsOf(file, text) {
  const { module, errors } = parseSync(file, text);
  if (errors.length) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const test = file.endsWith('.test.ts');
  const at = (/** @type {number} */ start, /** @type {string} */ request, typeOnly = false, dynamic = false) => ({
    file,
    line: text.slice(0, start).split('\n').length,
    request,
    typeOnly,
    dynamic,
    test,
  });
  const found = module.staticImports.map((one) =>
    at(one.start, one.moduleRequest.value, one.entries.length > 0 && one.entries.every((entry) => entry.isType)),
  );
  for (const one of module.staticExports)
    for (const entry of one.entries)
      if (entry.moduleRequest) found.push(at(one.start, entry.moduleRequest.value, entry.isType));
  // `import('x')` as an expression or as a type; the parser only finds the former.
  for (const match of text.matchAll(/\bimport\(\s*(['"`])([^'"`]+)\1/g)) {
    const expression = module.dynamicImports.some((one) => one.start === match.index);
    if (expression || !/^\s*(\/\/|\*|\/\*)/.test(lineAt(text, match.index)))
      found.push(at(match.index, match[2] ?? '', !expression, true));
  }
  return found;
}

const lineAt = (/** @type {string} */ text, /** @type {number} */ index) =>
  text.slice(text.lastIndexOf('\n', index) + 1, text.indexOf('\n', index) >>> 0);
const folders = (/** @type {Map<string, string>} */ byName) => [...byName.values()];

/** @param {Tree} tree @param {string} path @returns {Manifest} */
function manifestAt(tree, path) {
  const text = tree[path];
  return text === undefined ? {} : JSON.parse(text);
}
