// @ts-check
/** @typedef {import('./locked-packages.mjs').Locked} Locked */

/** The address of a package in an SBOM, without a registry. @param {{ readonly name: string, readonly version: string }} one */
export const purl = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/**
 * A software bill of materials in CycloneDX 1.5 (ECMA-424). The same packages give the same bytes: it has no serial number and no time.
 * @param {string} name the package that it describes
 * @param {ReadonlyMap<string, Locked>} packages @param {ReadonlyMap<string, string | undefined>} licences
 */
export function makeSbom(name, packages, licences) {
  const subject = [...packages.values()].find((one) => one.name === name);
  if (!subject) throw new Error(`There is no package "${name}" to describe.`);
  const component = (/** @type {Locked} */ one) => {
    const licence = licences.get(`${one.name}@${one.version}`);
    const [scope, plain] = one.name.startsWith('@') ? one.name.split('/') : [undefined, one.name];
    const [algorithm, digest] = one.integrity.split('-');
    return {
      type: one === subject ? 'application' : 'library',
      'bom-ref': purl(one),
      ...(scope && { group: scope }),
      name: plain,
      version: one.version,
      ...(one !== subject && { scope: one.optional ? 'optional' : 'required' }),
      ...(algorithm === 'sha512' &&
        digest && { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
      ...(licence && {
        licenses: [/ (AND|OR) /.test(licence) ? { expression: licence } : { license: { id: licence } }],
      }),
      purl: purl(one),
    };
  };
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: component(subject) },
    components: [...packages.values()].filter((one) => one !== subject).map(component),
    dependencies: [...packages.values()].map((one) => ({
      ref: purl(one),
      dependsOn: one.dependencies.flatMap((key) => {
        const needed = packages.get(key);
        return needed ? [purl(needed)] : [];
      }),
    })),
  };
}
