// @ts-check
import { runCases } from '../conformance/run-cases.mjs';
import { damaged, numbers } from './damage.mjs';
import { seeds } from './seeds.mjs';

/**
 * @typedef {{ number: number, kind: string, bytes: Uint8Array }} DamagedFile
 * @typedef {{ ran: number, refused: number, failed: number }} Counts
 */

/**
 * Tests damaged files one after another.
 * @param {object} options
 * @param {number} options.count
 * @param {number} options.seed the same seed gives the same files
 * @param {(file: DamagedFile & { reason: string }) => void} options.onFailure
 */
export async function fuzz({ count, seed, onFailure }) {
  /** @type {Map<string, Counts>} */
  const kinds = new Map();
  await runCases(
    damagedFiles(count, seed),
    'wasm',
    (file, outcome) => {
      const reason = typeof outcome === 'object' ? outcome.excluded : outcome;
      const counts = kinds.get(file.kind) ?? { ran: 0, refused: 0, failed: 0 };
      kinds.set(file.kind, counts);
      if (reason === undefined) counts.ran++;
      else if (reason.startsWith('refused: ')) counts.refused++;
      else {
        counts.failed++;
        onFailure({ ...file, reason });
      }
    },
    { seconds: 10, bytes: 2 ** 30, script: new URL('fuzz-worker.mjs', import.meta.url) },
  );
  const total = (/** @type {keyof Counts} */ key) => [...kinds.values()].reduce((sum, counts) => sum + counts[key], 0);
  return { ran: total('ran'), refused: total('refused'), failures: total('failed'), kinds };
}

/** Damaged files, determined by the seed. @param {number} count @param {number} seed @returns {Generator<DamagedFile>} */
export function* damagedFiles(count, seed) {
  const files = seeds();
  for (let number = 0; number < count; number++) {
    const pick = numbers(seed * 1_000_003 + number);
    yield { number, ...damaged(/** @type {Uint8Array} */ (files[pick(files.length)]), files, pick) };
  }
}
