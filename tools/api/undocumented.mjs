// @ts-check

/**
 * Lists exports without a docstring, as `entry point: name`; interfaces whose members all have one are fine.
 * @param {readonly import('./read-api.mjs').PackageApi[]} api
 */
export const undocumented = (api) =>
  api.flatMap(({ entries }) =>
    entries.flatMap(({ name, exports }) =>
      exports.filter(({ documented }) => !documented).map((one) => `${name}: ${one.name}`),
    ),
  );
