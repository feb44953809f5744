// @ts-check
/**
 * Reads the input of a case with the library.
 * @param {import('./case.mjs').Case} one @param {string} folder
 * @returns {Promise<import('./verdict.mjs').Ended>}
 */
export async function readCase({ read }, folder) {
  /** @type {Required<import('./case.mjs').Work>} */
  const work = { nodes: 0, steps: 0, bytes: 0 };
  const count = (/** @type {import('./case.mjs').Work} */ { nodes = 0, steps = 0, bytes = 0 }) => {
    work.nodes += nodes;
    work.steps += steps;
    work.bytes += bytes;
  };
  try {
    const said = await read?.(folder, count);
    return { said: typeof said === 'string' ? said : '', work };
  } catch (error) {
    return { error: error instanceof Error ? error.message : `not an Error: ${String(error)}`, work };
  }
}
