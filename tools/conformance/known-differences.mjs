// @ts-check
import { readFileSync } from 'node:fs';

/** @type {readonly { readonly check: 'values' | 'gradients' | 'both', readonly cases: readonly string[], readonly reason: string }[]} */
const known = JSON.parse(readFileSync(new URL('known-differences.json', import.meta.url), 'utf8'));

/**
 * Why a case is expected to fail; undefined if it is not. A `*` at the end of a name stands for the rest.
 * @param {string} name @param {'values' | 'gradients'} check @returns {string | undefined}
 */
export const knownDifference = (name, check) =>
  known.find(
    (one) =>
      (one.check === 'both' || one.check === check) &&
      one.cases.some((wanted) => (wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted)),
  )?.reason;
