// @ts-check

/**
 * An advisory, as in the OSV format with one package.
 * @typedef {object} Advisory
 * @property {string} id
 * @property {string} package
 * @property {'low' | 'moderate' | 'high' | 'critical' | 'unknown'} severity
 * @property {string} summary
 * @property {readonly { readonly introduced: string, readonly fixed?: string }[]} ranges each from a version, up to but without the one that fixes it; without one, all later versions are affected
 */

/** The advisories that affect a version of a package. @param {readonly Advisory[]} advisories @param {string} name @param {string} version */
export const affecting = (advisories, name, version) =>
  advisories.filter(
    (advisory) =>
      advisory.package === name &&
      advisory.ranges.some(
        ({ introduced, fixed }) =>
          compareVersions(version, introduced) >= 0 && (fixed === undefined || compareVersions(version, fixed) < 0),
      ),
  );

/** Compares versions in the order of Semantic Versioning 2.0.0. @param {string} a @param {string} b */
export function compareVersions(a, b) {
  const [first, second] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < 3; i++) {
    const difference = Number(first.numbers[i] ?? 0) - Number(second.numbers[i] ?? 0);
    if (difference) return difference;
  }
  // A version before a release comes before it.
  if (!first.before.length || !second.before.length) return second.before.length - first.before.length;
  for (let i = 0; ; i++) {
    const [one, other] = [first.before[i], second.before[i]];
    if (one === undefined || other === undefined) return first.before.length - second.before.length;
    if (one === other) continue;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
    if (isNumber && isOtherNumber) return Number(one) - Number(other);
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    return one < other ? -1 : 1;
  }
}

const partsOf = (/** @type {string} */ version) => {
  const [plain = ''] = version.split('+');
  const dash = plain.indexOf('-');
  return {
    numbers: (dash < 0 ? plain : plain.slice(0, dash)).split('.'),
    before: dash < 0 ? [] : plain.slice(dash + 1).split('.'),
  };
};
