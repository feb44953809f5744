import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { licenceProblems, type LicenceRules, licencesOf } from './check-licences.mjs';
import { installedWith } from './locked-packages.mjs';
import { makeSbom, purl } from './make-sbom.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rules = JSON.parse(readFileSync(new URL('licences.json', import.meta.url), 'utf8')) as LicenceRules;
const packages = installedWith(root, 'apps/graft');
const licences = licencesOf(root, packages.values(), rules);

test('what users install is what the lockfile has for dependencies, not for development or optional peers', () => {
  const names = new Set([...packages.values()].map(({ name }) => name));
  for (const name of [
    '@graft/cli',
    '@graft/tensor',
    'sharp',
    'commander',
    'protobufjs',
    '@img/sharp-libvips-linux-x64',
  ])
    expect(names).toContain(name);
  for (const name of ['vitest', 'typescript', '@types/node', 'verdaccio', 'nx', 'onnxruntime-node'])
    expect(names).not.toContain(name);
});
test('all licences are known and allowed', () => {
  expect(licenceProblems(licences, rules)).toEqual([]);
  expect(licences.get('@graft/cli@0.1.0') ?? licences.values().next().value).toBe('MIT');
  const libvips = [...licences].filter(([key]) => key.startsWith('@img/sharp-libvips-'));
  expect(new Set(libvips.map(([, licence]) => licence))).toEqual(new Set(['LGPL-3.0-or-later']));
});
test('a missing or unknown licence is a problem, and an exception is only for its packages', () => {
  expect(
    licenceProblems(
      new Map([
        ['a@1.0.0', undefined],
        ['b@1.0.0', 'GPL-3.0-only'],
        ['c@1.0.0', 'LGPL-3.0-or-later'],
        ['d@1.0.0', 'MIT'],
        ['@img/sharp-libvips-linux-x64@1.0.0', 'LGPL-3.0-or-later'],
      ]),
      rules,
    ),
  ).toEqual([
    'a@1.0.0 has no known licence',
    'b@1.0.0 has the licence GPL-3.0-only, which licences.json does not allow',
    'c@1.0.0 has the licence LGPL-3.0-or-later, which licences.json does not allow',
  ]);
});
test('a bill of materials lists each package with version, digest and licence, and names no registry', () => {
  const sbom = makeSbom('@graft/cli', packages, licences);
  expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 });
  expect(sbom.metadata.component).toMatchObject({ type: 'application', group: '@graft', name: 'cli' });
  expect(sbom.components).toHaveLength(packages.size - 1);
  const sharp = sbom.components.find(({ name }) => name === 'sharp')!;
  expect(sharp).toMatchObject({ type: 'library', scope: 'required', licenses: [{ license: { id: 'Apache-2.0' } }] });
  const { integrity } = [...packages.values()].find(({ name }) => name === 'sharp')!;
  expect(Buffer.from(sharp.hashes![0]!.content, 'hex').toString('base64')).toBe(integrity.slice('sha512-'.length));
  expect(purl({ name: '@img/colour', version: '1.1.0' })).toBe('pkg:npm/%40img/colour@1.1.0');
  const refs = new Set([sbom.metadata.component, ...sbom.components].map((one) => one['bom-ref']));
  expect(refs.size).toBe(packages.size);
  for (const { ref, dependsOn } of sbom.dependencies)
    for (const one of [ref, ...dependsOn]) expect(refs).toContain(one);
  expect(JSON.stringify(sbom)).not.toMatch(/https?:/);
  expect(JSON.stringify(makeSbom('@graft/cli', installedWith(root, 'apps/graft'), licences))).toBe(
    JSON.stringify(sbom),
  );
});
