// @ts-check
/**
 * @typedef {{ kind: 'refused' | 'left out' | 'works', pattern: RegExp | undefined }} Outcome
 * @typedef {{ nodes?: number, steps?: number, bytes?: number }} Work nodes of a graph, computed ops or read items, bytes of results
 */

/**
 * One hostile input.
 * @typedef {object} Case
 * @property {string} name
 * @property {string | undefined} [file] the hostile file in the case's folder, which a refusal must name
 * @property {(folder: string, shared: Shared) => unknown} [files] builds the input in the folder
 * @property {(folder: string, work: (done: Work) => void) => unknown} [read] reads it with the library; the returned text says what was left out
 * @property {(folder: string, shared: Shared) => readonly string[]} [command] arguments of the graft command instead; it runs in the folder
 * @property {Outcome} outcome
 * @property {Work} [budget] replaces parts of the default budget
 * @property {number} [peak] most bytes of memory in use at once; default 1 GiB
 * @property {string | readonly string[]} [writes] names in the folder that the command may create or change
 * @property {(shared: Shared) => Readonly<Record<string, string>>} [env] more environment variables for the command
 * @property {string} [stdin] text for the command; by default its stdin is closed
 * @property {boolean | 'training'} [interrupt] Ctrl+C ends the command: soon after its start, or when it has begun to train
 * @property {boolean} [heavy] takes seconds or hundreds of megabytes: not part of `npm test`
 * @property {string} [known] what the product still does wrong
 */

/**
 * What the cases of all families share, read-only.
 * @typedef {object} Shared
 * @property {string} run a finished run
 * @property {string} stopped a run that was stopped after two checkpoints
 * @property {string} data its images, in one folder per class
 * @property {string} model the network it was trained from
 * @property {string} image one image
 * @property {string} address of a local server, see serve-hostile.mjs
 */

/** The input is rejected with one sentence. @param {RegExp} pattern @returns {Outcome} */
export const refused = (pattern) => ({ kind: 'refused', pattern });

/** Everything else is used, and a sentence says what was left out. @param {RegExp} pattern @returns {Outcome} */
export const leftOut = (pattern) => ({ kind: 'left out', pattern });

/** The input is harmless and is used. @param {RegExp} [pattern] what the result contains @returns {Outcome} */
export const works = (pattern) => ({ kind: 'works', pattern });

/** @type {Required<Work>} */
export const defaultBudget = { nodes: 250_000, steps: 20_000, bytes: 2 ** 30 };
