// @ts-check
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
/** Collects garbage. @type {() => void} */
const collect = runInNewContext('gc');

/**
 * Times two or more functions in turns, so other load on the machine affects all of them equally. A turn lasts at least 20 ms: short
 * functions run repeatedly, with warm caches. With `tidily`, each turn starts after garbage collection.
 * @param {Record<string, () => unknown>} runs
 * @param {{ rounds: number, warmUp?: number, tidily?: boolean }} options
 * @returns {Promise<Record<string, { median: number, best: number }>>} milliseconds
 */
export async function alternate(runs, { rounds, warmUp = 2, tidily = false }) {
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++)
    for (const [name, run] of Object.entries(runs)) {
      if (tidily) collect();
      const end = performance.now() + 20;
      do {
        const start = performance.now();
        await run();
        if (round >= 0) times[name]?.push(performance.now() - start);
      } while (performance.now() < end);
    }
  return Object.fromEntries(
    Object.entries(times).map(([name, list]) => {
      list.sort((a, b) => a - b);
      return [name, { median: list[list.length >> 1] ?? Number.NaN, best: list[0] ?? Number.NaN }];
    }),
  );
}
