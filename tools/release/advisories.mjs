// @ts-check
// `npm run advisories`: compares every package of the lockfile with the advisories in advisories.json, without a network. Fails if one matches.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build/build.mjs';
import { checkAdvisories } from './check-advisories.mjs';
import { installedWith, lockedVersions, readLockfile } from './locked-packages.mjs';

const packages = lockedVersions(readLockfile(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')));
const known = JSON.parse(readFileSync(new URL('advisories.json', import.meta.url), 'utf8'));
const { problems, accepted } = checkAdvisories(packages, known, new Set(installedWith(root, 'apps/graft').keys()));
for (const line of accepted) console.log(`accepted  ${line}`);
for (const line of problems) console.error(`AFFECTED  ${line}`);
console.log(
  `${packages.length} locked packages, ${known.advisories.length} advisories as of ${known.updated}: ${problems.length} problems, ${accepted.length} accepted`,
);
if (problems.length) process.exitCode = 1;
