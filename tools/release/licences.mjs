// @ts-check
// `npm run licences`: lists everything that users of @graft/cli install, by licence. Fails if a licence is missing or not allowed by licences.json.
import { readFileSync } from 'node:fs';
import { root } from '../build/build.mjs';
import { licenceProblems, licencesOf } from './check-licences.mjs';
import { installedWith } from './locked-packages.mjs';

const rules = JSON.parse(readFileSync(new URL('licences.json', import.meta.url), 'utf8'));
const licences = licencesOf(root, installedWith(root, 'apps/graft').values(), rules);
/** @type {Map<string, string[]>} */
const groups = new Map();
for (const [key, licence = 'unknown'] of licences) groups.set(licence, [...(groups.get(licence) ?? []), key]);
for (const [licence, keys] of [...groups].sort(([, a], [, b]) => b.length - a.length))
  console.log(`${licence} (${keys.length})\n  ${keys.join('\n  ')}`);
for (const { packages, why } of rules.exceptions) console.log(`allowed for /${packages}/: ${why}`);
const problems = licenceProblems(licences, rules);
for (const line of problems) console.error(line);
if (problems.length) process.exitCode = 1;
