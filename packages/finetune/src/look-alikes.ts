import { type ImageHash, type SimilarPair, similarPairs } from '@graft/data';

/** Number of differing bits up to which fingerprints are similar: copies at another size and quality differ in 0 to 2. */
const within = 3;
/** Maximum number of fingerprints that are compared, of similar pairs, and of pairs whose examples are compared, so the work for any data is bounded. */
const [mostFingerprints, mostSimilar, mostCompared] = [5e7, 1e5, 2000];

/** Pairs of examples that look the same. */
export interface LookAlikes {
  readonly pairs: readonly (readonly [first: number, second: number])[];
  /** Whether everything was compared; in large data with many similar examples there may be more. */
  readonly complete: boolean;
}

/** Finds pairs of examples with similar fingerprints that look the same, the most similar first. @param isWanted whether a pair is of interest */
export async function lookAlikes(
  indices: readonly number[],
  {
    fingerprints,
    isWanted,
    looksSame,
  }: {
    /** Hashes that are similar for examples that look the same, by index. */
    readonly fingerprints: ReadonlyMap<number, ImageHash>;
    readonly isWanted: (first: number, second: number) => boolean;
    readonly looksSame: (first: number, second: number) => Promise<boolean>;
  },
): Promise<LookAlikes> {
  const limit = { left: mostFingerprints };
  const similar: SimilarPair[] = [];
  const hashes = indices.map((index) => fingerprints.get(index));
  for (const { first, second, distance } of similarPairs(hashes, within, limit)) {
    const [a, b] = [indices[first]!, indices[second]!];
    if (isWanted(a, b) && similar.push({ first: a, second: b, distance }) === mostSimilar) break;
  }
  similar.sort((a, b) => a.distance - b.distance || a.first - b.first || a.second - b.second); // copies first
  const pairs: [number, number][] = [];
  for (const { first, second } of similar.slice(0, mostCompared))
    if (await looksSame(first, second)) pairs.push([first, second]);
  return { pairs, complete: similar.length <= mostCompared && limit.left > 0 };
}
