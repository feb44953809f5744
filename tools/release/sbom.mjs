// @ts-check
// `npm run sbom -- [--out file]`: writes what users install with @graft/cli as CycloneDX JSON, from the lockfile and without a network. The default is sbom.json in .cache.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../build/build.mjs';
import { licencesOf } from './check-licences.mjs';
import { installedWith } from './locked-packages.mjs';
import { makeSbom } from './make-sbom.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, '.cache/sbom.json') } } });
const packages = installedWith(root, 'apps/graft');
const rules = JSON.parse(readFileSync(new URL('licences.json', import.meta.url), 'utf8'));
const sbom = makeSbom('@graft/cli', packages, licencesOf(root, packages.values(), rules));
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(sbom, null, 2)}\n`);
console.log(`${values.out}: ${sbom.components.length} components of @graft/cli ${sbom.metadata.component.version}`);
