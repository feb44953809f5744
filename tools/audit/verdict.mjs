// @ts-check
import { defaultBudget } from './case.mjs';

/**
 * What reading an input led to.
 * @typedef {object} Ended
 * @property {string} [error] the message of the error that rejected it
 * @property {string} [said] results and warnings
 * @property {import('./case.mjs').Work} work
 * @property {boolean} [terminal] whether this is what a terminal shows; the command escapes control characters, the library does not
 * @property {number} [peak] most bytes of memory in use at once
 */

/** Internal errors of JavaScript, which do not help users. */
const internalWords =
  /Cannot (read propert|set|convert|mix|destructure|access|create|perform)|is not (a function|iterable|defined|a constructor)|Invalid (array|typed array|string|count|BigInt|DataView|time)|out of memory|Maximum call stack|unreachable|\[object |\bundefined\b|BigInt|URI malformed|^\s*at .+:\d+|node_modules/m;
/** Maximum length of a refusal. */
const longest = 1000;
/** Maximum memory of a case by default. */
const maxPeak = 2 ** 30;

/**
 * Why an ending is not as expected; undefined if it is.
 * @param {import('./case.mjs').Case} one @param {Ended} ended
 */
export function verdict(
  { outcome, file, budget, peak: mostPeak = maxPeak },
  { error, said = '', terminal = false, work, peak = 0 },
) {
  for (const [kind, most] of Object.entries({ ...defaultBudget, ...budget })) {
    const done = work[/** @type {keyof typeof work} */ (kind)] ?? 0;
    if (done > most) return `it took ${done} ${kind} instead of at most ${most}`;
  }
  if (peak > mostPeak) return `it took ${(peak / 2 ** 20).toFixed(0)} MiB of memory`;
  if (terminal && hasControl(said)) return `it printed control characters: ${JSON.stringify(said.slice(0, 300))}`;
  if (error !== undefined) {
    const unclear = whyUnclear(error, file);
    if (unclear) return `${unclear}: ${error.slice(0, 1200)}`;
  }
  if (outcome.kind === 'refused') {
    if (error === undefined) return `it was not refused${said ? `: ${said.slice(0, 300)}` : ''}`;
    return outcome.pattern?.test(error) ? undefined : `it was refused for another reason: ${error}`;
  }
  if (error !== undefined) return `it was refused: ${error}`;
  return !outcome.pattern || outcome.pattern.test(said)
    ? undefined
    : `nothing says ${outcome.pattern}: ${said.slice(0, 1000)}`;
}

/** Why a refusal does not help its reader. @param {string} message @param {string} [file] what it must name */
export function whyUnclear(message, file) {
  // Text from the input is in quotes.
  const found = internalWords.exec(message.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'));
  if (found) return `it says "${found[0]}"`;
  if (message.length > longest) return `it has ${message.length} characters`;
  if (/\n/.test(message.trim())) return 'it has more than one line';
  if (!/[.?!)]$/.test(message.trim())) return 'it is not a sentence';
  // What is wrong with a node is reported where it is used: its name is enough.
  if (file !== undefined && !message.includes(file) && !message.startsWith('Node "'))
    return `it does not name "${file}"`;
  return undefined;
}

// Control characters except tab and end of line, and those that reorder text.
// oxlint-disable-next-line no-control-regex
const hasControl = (/** @type {string} */ text) =>
  /[\0-\x08\x0B-\x1F\x7F-\x9F\u202A-\u202E\u2066-\u2069]/.test(text.replaceAll('\r\n', '\n'));
