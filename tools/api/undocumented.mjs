// @ts-check

/**
 * Exports without a docstring, as `entry point: name`; an interface whose members all have one needs none.
 * @param {readonly import('./read-api.mjs').PackageApi[]} api
 */
export const undocumented = (api) =>
  api.flatMap(({ entries }) =>
    entries.flatMap(({ name, exports }) =>
      exports.filter(({ documented }) => !documented).map((one) => `${name}: ${one.name}`),
    ),
  );
