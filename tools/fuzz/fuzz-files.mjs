// @ts-check
import { importOnnx, readModel } from '@graft/onnx';
import { runCases } from '../conformance/run-cases.mjs';
import { damaged, numbers } from './damage.mjs';
import { seeds } from './seeds.mjs';

/**
 * @typedef {{ number: number, kind: string, bytes: Uint8Array, train: boolean }} DamagedFile
 * @typedef {{ ran: number, learned: number, refused: number, failed: number }} Counts
 */

/**
 * Tests damaged files one after another.
 * @param {object} options
 * @param {number} options.count
 * @param {number} options.trained how many of them are also diagnosed and trained for a step
 * @param {number} options.seed the same seed gives the same files
 * @param {(file: DamagedFile & { reason: string }) => void} options.onFailure
 */
export async function fuzz({ count, trained, seed, onFailure }) {
  /** @type {Map<string, Counts>} */
  const kinds = new Map();
  await runCases(
    damagedFiles(count, seed, trained),
    'wasm',
    (file, outcome) => {
      const reason = typeof outcome === 'object' ? outcome.excluded : outcome;
      const counts = kinds.get(file.kind) ?? { ran: 0, learned: 0, refused: 0, failed: 0 };
      kinds.set(file.kind, counts);
      if (reason === 'trained') counts.learned++;
      if (reason === undefined || reason === 'trained') counts.ran++;
      else if (reason.startsWith('refused: ')) counts.refused++;
      else {
        counts.failed++;
        onFailure({ ...file, reason });
      }
    },
    { seconds: 10, bytes: 2 ** 30, script: new URL('fuzz-worker.mjs', import.meta.url) },
  );
  const total = (/** @type {keyof Counts} */ key) => [...kinds.values()].reduce((sum, counts) => sum + counts[key], 0);
  return { ran: total('ran'), learned: total('learned'), refused: total('refused'), failures: total('failed'), kinds };
}

/** Damaged files, determined by the seed. @param {number} count @param {number} seed @param {number} [trained] how many of them, evenly spread, have `train` @returns {Generator<DamagedFile>} */
export function* damagedFiles(count, seed, trained = 0) {
  const files = seeds();
  const learners = trained ? files.filter((bytes) => [...importOnnx(readModel(bytes)).parameters()].length) : files;
  for (let number = 0; number < count; number++) {
    const pick = numbers(seed * 1_000_003 + number);
    const train = Math.floor(((number + 1) * trained) / count) > Math.floor((number * trained) / count);
    const from = train ? learners : files;
    yield { number, train, ...damaged(/** @type {Uint8Array} */ (from[pick(from.length)]), files, pick) };
  }
}
