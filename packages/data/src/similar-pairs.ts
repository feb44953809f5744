import type { ImageHash } from './near-duplicates.ts';

/** Two hashes by their indices, and the number of bits in which they differ. */
export interface SimilarPair {
  readonly first: number;
  readonly second: number;
  readonly distance: number;
}

/** How much work a search may take. */
export interface WorkLimit {
  /** Remaining pairs to compare; the search ends when it is 0. */
  left: number;
}

/**
 * Finds pairs of 64-bit hashes that differ in at most `within` bits, each once. Only hashes that agree in one of `within` + 1 bands are compared, which all such pairs do,
 * so the work for different hashes grows far slower than the number of pairs.
 * @param limit counts down with each comparison
 */
export function* similarPairs(
  hashes: readonly (ImageHash | undefined)[],
  within: number,
  limit: WorkLimit = { left: Infinity },
): Generator<SimilarPair, void, undefined> {
  const same = new Map<string, number[]>();
  for (const [index, hash] of hashes.entries()) {
    if (!hash) continue;
    const key = hash.join();
    const indices = same.get(key);
    if (indices) indices.push(index);
    else same.set(key, [index]);
  }
  const groups = [...same.values()];
  for (const indices of groups)
    for (const [place, second] of indices.entries())
      for (let i = 0; i < place; i++) {
        if (limit.left-- <= 0) return;
        yield { first: indices[i]!, second, distance: 0 };
      }
  const halfOf = (half: 0 | 1): Uint32Array => Uint32Array.from(groups, ([index]) => hashes[index!]![half]);
  const halves: Halves = [halfOf(0), halfOf(1)];
  const bands = bandsFor(within);
  for (const [number, band] of bands.entries()) {
    const buckets = new Map<number, number[]>();
    for (let group = 0; group < groups.length; group++) {
      if (limit.left <= 0) return;
      const value = valueOf(halves, group, band);
      const others = buckets.get(value);
      if (!others) {
        buckets.set(value, [group]);
        continue;
      }
      limit.left -= others.length;
      for (const other of nearIn(others, group, halves, within)) {
        const isFound = bands
          .slice(0, number)
          .some((earlier) => valueOf(halves, other, earlier) === valueOf(halves, group, earlier));
        if (isFound) continue;
        const distance = distanceOf(halves, group, other);
        for (const one of groups[other]!)
          for (const two of groups[group]!) {
            if (limit.left-- <= 0) return;
            yield { first: Math.min(one, two), second: Math.max(one, two), distance };
          }
      }
      others.push(group);
    }
  }
}

/** The two halves of each hash. */
type Halves = readonly [Uint32Array, Uint32Array];

/** The members of a bucket whose hashes are near. */
function nearIn(bucket: readonly number[], group: number, halves: Halves, within: number): number[] {
  const near: number[] = [];
  for (let i = 0; i < bucket.length; i++) if (distanceOf(halves, group, bucket[i]!) <= within) near.push(bucket[i]!);
  return near;
}

const distanceOf = ([upper, lower]: Halves, a: number, b: number): number =>
  ones(upper[a]! ^ upper[b]!) + ones(lower[a]! ^ lower[b]!);

/** Some bits of one half of a hash. */
interface Band {
  readonly half: 0 | 1;
  readonly shift: number;
  readonly mask: number;
}

/** More bands than bits that may differ, so one of them is equal. */
function bandsFor(within: number): readonly Band[] {
  if (within >= 64) return [{ half: 0, shift: 0, mask: 0 }];
  const perHalf = Math.ceil((within + 1) / 2);
  const edges = Array.from({ length: perHalf + 1 }, (_, i) => Math.floor((32 * i) / perHalf));
  return ([0, 1] as const).flatMap((half) =>
    edges.slice(1).map((end, i): Band => ({ half, shift: edges[i]!, mask: 2 ** (end - edges[i]!) - 1 })),
  );
}

const valueOf = (halves: Halves, group: number, { half, shift, mask }: Band): number =>
  ((halves[half][group]! >>> shift) & mask) >>> 0;

/** Number of bits that are 1. */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
