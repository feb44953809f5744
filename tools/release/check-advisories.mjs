// @ts-check
import { affecting } from './affected.mjs';

/** @typedef {import('./affected.mjs').Advisory} Advisory */
/** @typedef {{ readonly id: string, readonly package: string, readonly version: string, readonly reason: string }} Accepted an advisory that does not matter here */
/** @typedef {{ readonly advisories: readonly Advisory[], readonly accepted: readonly Accepted[] }} AdvisoryFile */

/**
 * Compares locked packages with known advisories.
 * @param {readonly { name: string, version: string }[]} packages
 * @param {AdvisoryFile} known
 * @param {ReadonlySet<string>} shipped names and versions of packages that users install; advisories against them cannot be accepted
 * @returns {{ problems: string[], accepted: string[] }} one line each
 */
export function checkAdvisories(packages, { advisories, accepted }, shipped) {
  /** @type {string[]} */
  const problems = [];
  /** @type {string[]} */
  const allowed = [];
  const used = new Set();
  for (const { name, version } of packages)
    for (const { id, severity, summary } of affecting(advisories, name, version)) {
      const exception = accepted.find(
        (one) => one.id === id && one.package === name && one.version === version && !shipped.has(`${name}@${version}`),
      );
      used.add(exception);
      const line = `${name}@${version}: ${id} (${severity}): ${summary}`;
      if (exception) allowed.push(`${line}. Accepted: ${exception.reason}`);
      else problems.push(line);
    }
  for (const one of accepted)
    if (!used.has(one))
      problems.push(
        `${one.package}@${one.version}: ${one.id} is accepted, but no longer matches; remove it from "accepted"`,
      );
  return { problems, accepted: allowed };
}
