// @ts-check
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./locked-packages.mjs').Locked} Locked */

/**
 * Which licences packages may have.
 * @typedef {object} LicenceRules
 * @property {readonly string[]} allowed licences that any package may have
 * @property {readonly { readonly packages: string, readonly licences: readonly string[], readonly why: string }[]} exceptions others, of packages with these names
 * @property {readonly { readonly packages: string, readonly licence: string }[]} otherPlatforms licences of packages that are not installed here, because they belong to another platform
 */

/**
 * The licence of each package, from its own package.json; undefined if it has none.
 * @param {string} root the workspace @param {Iterable<Locked>} packages @param {LicenceRules} rules
 * @returns {Map<string, string | undefined>} by name and version
 */
export function licencesOf(root, packages, { otherPlatforms }) {
  const store = join(root, 'node_modules/.pnpm');
  const folders = readdirSync(store);
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).license;
  return new Map(
    Array.from(packages, ({ name, version, integrity, optional }) => {
      const key = `${name}@${version}`;
      if (!integrity) return [key, own];
      const start = key.replaceAll('/', '+');
      const folder = folders.find((one) => one === start || one.startsWith(`${start}_`));
      const manifest = folder && join(store, folder, 'node_modules', name, 'package.json');
      if (manifest && existsSync(manifest)) return [key, declared(JSON.parse(readFileSync(manifest, 'utf8')))];
      const other = optional && otherPlatforms.find((one) => new RegExp(one.packages).test(name));
      return [key, other ? other.licence : undefined];
    }),
  );
}

/** The licence in a package.json; older ones have an object or a list. @param {{ license?: unknown, licenses?: unknown }} manifest */
function declared({ license, licenses }) {
  const list = Array.isArray(licenses) ? licenses : [license];
  const names = list.map((one) => (typeof one === 'object' && one !== null ? one.type : one));
  return names.every((name) => typeof name === 'string' && name !== '') ? names.join(' OR ') : undefined;
}

/**
 * What is wrong with licences, one line for each package.
 * @param {ReadonlyMap<string, string | undefined>} licences @param {LicenceRules} rules
 */
export function licenceProblems(licences, { allowed, exceptions }) {
  /** @type {string[]} */
  const problems = [];
  for (const [key, licence] of licences) {
    if (licence === undefined) problems.push(`${key} has no known licence`);
    else if (
      !allowed.includes(licence) &&
      !exceptions.some((one) => new RegExp(one.packages).test(key) && one.licences.includes(licence))
    )
      problems.push(`${key} has the licence ${licence}, which licences.json does not allow`);
  }
  return problems;
}
