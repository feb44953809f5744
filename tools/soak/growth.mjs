// @ts-check

/**
 * What a process holds between two cycles, after garbage collection.
 * @typedef {object} Sample
 * @property {number} memory resident bytes
 * @property {number} held bytes of JavaScript objects and buffers
 * @property {number} resources that keep the process alive, such as timers and connections
 * @property {number} [descriptors] open files and connections; Linux only
 * @property {number} [childDescriptors] those of a child process before it was killed; Linux only
 */

/** Growth that memory may have: the larger of the two. */
const [mostShare, mostBytes] = [0.05, 20 * 2 ** 20];
/** Growth that what JavaScript holds may have. */
const mostHeld = 2 * 2 ** 20;
/** Share of the samples before memory has settled: compiled code and the allocator's pools grow for about thirty cycles. */
const warmUp = 0.4;

/**
 * What grew from the first to the last third of the samples, in sentences. Samples of the warm-up do not count. Medians of memory ignore single peaks. Of counts the minima
 * are compared: a leak raises those, and a file that is open while a sample is taken does not.
 * @param {readonly Sample[]} samples
 * @returns {string[]}
 */
export function growth(samples) {
  const settled = samples.slice(Math.ceil(warmUp * samples.length));
  const third = Math.max(1, Math.floor(settled.length / 3));
  const parts = [settled.slice(0, third), settled.slice(-third)];
  const values = (/** @type {keyof Sample} */ kind) =>
    parts.map((part) => part.flatMap((sample) => (sample[kind] === undefined ? [] : [sample[kind]])));
  const found = [];
  for (const [kind, name, most] of /** @type {const} */ ([
    ['memory', 'Memory', mostBytes],
    ['held', 'What JavaScript holds', mostHeld],
  ])) {
    const [before = 0, after = 0] = values(kind).map(median);
    if (after - before > Math.max(kind === 'memory' ? mostShare * before : 0, most))
      found.push(`${name} grew from ${megabytes(before)} to ${megabytes(after)}.`);
  }
  for (const [kind, name] of /** @type {const} */ ([
    ['descriptors', 'Open descriptors'],
    ['resources', 'Open resources'],
    ['childDescriptors', "A child's open descriptors"],
  ])) {
    const [first = Infinity, last = 0] = values(kind).map((part) => (part.length ? Math.min(...part) : undefined));
    if (last > first) found.push(`${name} grew from ${first} to ${last}.`);
  }
  return found;
}

/** The lower median; undefined if there are no values. @param {readonly number[]} values @returns {number | undefined} */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
/** @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
