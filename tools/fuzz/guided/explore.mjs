// @ts-check
import { whyUnclear } from '../../audit/verdict.mjs';
import { numbers } from '../damage.mjs';
import { mutate, mutateJson, withHeaderLength, withTarChecksums } from './mutate.mjs';

/** Most branches that a reader may pass for one small file. Time differs from run to run, this count does not. */
const mostSteps = 50_000_000;
/** Most elements of all arrays created for one small file. */
const mostElements = 2 ** 27;
/** Executions that minimising one failure may take. */
const minimising = 3000;

/** @typedef {{ execution: number, bytes: Uint8Array, reason: string }} Failure */
/**
 * @typedef {object} Exploration
 * @property {string} name of the reader
 * @property {{ read: (bytes: Uint8Array, folder: string) => unknown, file?: string }} reader
 * @property {new (message?: string) => Error} WrongResult
 * @property {string} folder for files
 * @property {Uint32Array} counters of branches
 * @property {Uint8Array} seen which counts of each branch have been seen, as bits; it may outlive a thread
 * @property {readonly Uint8Array[]} words texts that the reader knows
 * @property {Uint8Array[]} corpus inputs that reached something new, in order
 * @property {number} seed
 * @property {number} from number of the first execution
 * @property {number} executions number after the last one
 * @property {ReadonlySet<string>} known failures that were reported
 * @property {() => boolean} isOver
 * @property {(execution: number, bytes: Uint8Array) => void} onInput called before each execution
 * @property {(bytes: Uint8Array) => void} onNew called for each input that reached something new
 * @property {(failure: Failure, kind: string) => void} onFailure called once for each kind of failure
 */

/** Explores a reader. Inputs depend on the seed and on what earlier ones reached. @param {Exploration} exploration @returns {Promise<number>} executions that were done */
export async function explore({
  name,
  reader,
  WrongResult,
  folder,
  counters,
  seen,
  words,
  corpus,
  seed,
  from,
  executions,
  known,
  isOver,
  onInput,
  onNew,
  onFailure,
}) {
  const kinds = new Set(known);
  const run = (/** @type {Uint8Array} */ bytes) => judged(reader, bytes, { folder, counters, WrongResult });
  const tried = async (/** @type {number} */ execution, /** @type {Uint8Array} */ bytes) => {
    onInput(execution, bytes);
    const reason = await run(bytes);
    if (reason === undefined) return;
    const kind = kindOf(reason);
    if (kinds.has(kind)) return;
    kinds.add(kind);
    const least = await minimised(bytes, async (/** @type {Uint8Array} */ smaller) => {
      onInput(execution, smaller);
      const found = await run(smaller);
      return found !== undefined && kindOf(found) === kind;
    });
    onFailure({ execution, bytes: least, reason: (await run(least)) ?? reason }, kind);
    counters.fill(0); // what was reached by minimising is reached again
  };
  let execution = from;
  if (execution === 0)
    for (const bytes of corpus) {
      await tried(0, bytes);
      notice(counters, seen);
    }
  for (; execution < executions; execution++) {
    if (execution % 64 === 0) {
      if (isOver()) break;
      await new Promise((resolve) => setImmediate(resolve)); // messages
    }
    const pick = numbers(Math.imul(seed + 1, 0x9e3779b1) ^ execution);
    const newest = pick(2)
      ? Math.max(0, corpus.length - 1 - pick(Math.max(1, corpus.length >> 2)))
      : pick(corpus.length);
    const around = { bytes: /** @type {Uint8Array} */ (corpus[newest]), others: corpus, words, pick };
    let bytes = isJson.has(name) && pick(4) ? mutateJson(around) : mutate(around);
    const repair = repairs[name];
    if (repair && pick(8)) bytes = repair(bytes);
    await tried(execution, bytes);
    if (notice(counters, seen)) {
      const copy = new Uint8Array(bytes);
      corpus.push(copy);
      onNew(copy);
    }
  }
  return execution;
}

const isJson = new Set(['card', 'lock', 'checkpoint', 'summary', 'record', 'tokenizer']);
/** @type {Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>>} */
const repairs = {
  tar: withTarChecksums,
  shard: withTarChecksums,
  safetensors: withHeaderLength,
  weights: withHeaderLength,
};

/** Elements of all arrays that were created while an input was read. */
let elements = 0;
/** Counts the length of an array that instrumented code creates. @param {unknown} length */
export function allocate(length) {
  if (typeof length === 'number') elements += length;
  return length;
}

/**
 * What is wrong with the way in which a reader takes some bytes; undefined if it reads or refuses them as it should.
 * @param {Exploration['reader']} reader @param {Uint8Array} bytes @param {Pick<Exploration, 'folder' | 'counters' | 'WrongResult'>} options
 * @returns {Promise<string | undefined>}
 */
export async function judged({ read, file }, bytes, { folder, counters, WrongResult }) {
  counters.fill(0);
  elements = 0;
  let reason;
  try {
    const reading = read(bytes, folder);
    if (reading instanceof Promise) {
      await reading.catch(() => {});
      // Streams that an error ended stop counting before the next input.
      await new Promise((resolve) => setImmediate(resolve));
      await reading;
    }
  } catch (error) {
    reason = wrongError(error, file, WrongResult);
  }
  const changed = changedPrototype();
  if (changed) return `it changed ${changed}`;
  if (elements > mostElements) return `it created arrays of ${elements} elements for ${bytes.length} bytes`;
  let steps = 0;
  for (let i = 0; i < counters.length; i++) steps += /** @type {number} */ (counters[i]);
  return steps > mostSteps ? `it passed ${steps} branches for ${bytes.length} bytes` : reason;
}

/** Names of the errors that readers refuse files with. */
const refusals = new Set(['Error', 'GraftError', 'EncodingError']);

/** @param {unknown} error @param {string | undefined} file @param {Exploration['WrongResult']} WrongResult @returns {string | undefined} */
function wrongError(error, file, WrongResult) {
  if (!(error instanceof Error)) return `it threw ${typeof error}`;
  const { name, message } = error;
  if (error instanceof WrongResult) return `it gave ${message}`;
  const why = refusals.has(name) ? whyUnclear(message, file) : `it threw ${name}`;
  return why && `${why}: ${message.slice(0, 500)}\n${deepest(/** @type {Error} */ (error))}`;
}

/** Where the first error was thrown. @param {Error} error @returns {string} */
const deepest = ({ cause, stack = '' }) =>
  cause instanceof Error
    ? deepest(cause)
    : stack
        .split('\n')
        .filter((line) => /^\s+at /.test(line))
        .slice(0, 4)
        .join('\n') || stack;

/** A failure without what depends on the input: its reason, and the function that threw. @param {string} reason */
export const kindOf = (reason) =>
  reason
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .split('\n')
    .filter((_, i, lines) => i === 0 || i === lines.findIndex((line) => /^\s+at /.test(line)))
    .join('\n')
    .replaceAll(/: .*$/gm, '')
    .replaceAll(/\d+/g, '0');

const guarded = [Object, Array, Function, String, Number, Map, Set, Promise, Uint8Array, Error, RegExp].map(
  ({ name, prototype }) => ({
    name,
    prototype: /** @type {object} */ (prototype),
    before: Object.getOwnPropertyDescriptors(prototype),
    count: Reflect.ownKeys(prototype).length,
  }),
);

/** A global prototype that is not as it was. */
function changedPrototype() {
  for (const { name, prototype, before, count } of guarded) {
    const keys = Reflect.ownKeys(prototype);
    if (keys.length === count) continue;
    const kept = /** @type {Record<string | symbol, PropertyDescriptor>} */ (before);
    const wrong = keys.find((key) => !Object.hasOwn(kept, key));
    for (const key of keys) if (!Object.hasOwn(kept, key)) Reflect.deleteProperty(prototype, key);
    Object.defineProperties(prototype, /** @type {PropertyDescriptorMap} */ (before));
    return `${name}.prototype.${String(wrong)}`;
  }
  return undefined;
}

/** Records what an execution reached: branches, and how often, in powers of two. @param {Uint32Array} counters @param {Uint8Array} seen @returns {boolean} whether something is new */
function notice(counters, seen) {
  let found = false;
  for (let i = 0; i < counters.length; i++) {
    const count = /** @type {number} */ (counters[i]);
    if (count === 0) continue;
    const bit =
      count < 4 ? 1 << (count - 1) : count < 8 ? 8 : count < 16 ? 16 : count < 32 ? 32 : count < 128 ? 64 : 128;
    if (/** @type {number} */ (seen[i]) & bit) continue;
    seen[i] = /** @type {number} */ (seen[i]) | bit;
    found = true;
  }
  return found;
}

/** Removes whatever the failure does not need. @param {Uint8Array} bytes @param {(smaller: Uint8Array) => Promise<boolean>} fails */
async function minimised(bytes, fails) {
  let least = new Uint8Array(bytes);
  let left = minimising;
  for (let size = 2 ** Math.floor(Math.log2(Math.max(1, least.length))); size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at < least.length && left > 0;) {
      const smaller = new Uint8Array(Math.max(0, least.length - size));
      smaller.set(least.subarray(0, Math.min(at, smaller.length)));
      if (at + size < least.length) smaller.set(least.subarray(at + size), at);
      left--;
      if (smaller.length < least.length && (await fails(smaller))) least = smaller;
      else at += size;
    }
  return least;
}
