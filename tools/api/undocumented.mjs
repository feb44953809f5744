// @ts-check
/** @typedef {import('./read-api.mjs').PackageApi} PackageApi */

/** Exports without a docstring, as `entry point: name`. @param {readonly PackageApi[]} api */
export const undocumented = (api) => api.flatMap(({ entries }) => entries.flatMap(({ name, exports }) => exports.filter(({ doc }) => !doc).map((one) => `${name}: ${one.name}`)));

/**
 * Those that were not there, or had one, where there would be more of them than README.md of the pages before says; else none.
 * @param {ReadonlyMap<string, string>} before pages by file name @param {readonly PackageApi[]} api
 */
export function newlyUndocumented(before, api) {
  const now = undocumented(api);
  const said = /, (\d+) have none/.exec(before.get('README.md') ?? '')?.[1];
  if (said === undefined || now.length <= Number(said)) return [];
  const known = new Set([...before.values()].flatMap((page) => page.split(/^## /m).flatMap((part) => [...part.matchAll(/^#### (.*)\n\n```ts$/gm)].map(([, name]) => `${part.split('\n', 1)[0]}: ${name}`))));
  return now.filter((name) => !known.has(name));
}
