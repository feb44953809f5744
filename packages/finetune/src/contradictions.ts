import type { ImageHash } from '@graft/data';
import { counted, type Label } from '@graft/report';
import { lookAlikes } from './look-alikes.ts';

/** Two examples that are the same, but have different labels. */
export interface Contradiction {
  readonly first: number;
  readonly second: number;
  /** Whether their contents are identical, instead of nearly the same. */
  readonly exact: boolean;
}

/** Examples that contradict one another. */
export interface Contradictions {
  /** One pair for each content and combination of labels. */
  readonly pairs: readonly Contradiction[];
  /** Number of examples that contradict another one. */
  readonly count: number;
  /** Whether everything was compared; in large data with many similar examples there may be more. */
  readonly complete: boolean;
}

export interface ContradictionOptions {
  readonly indices: readonly number[];
  readonly labelOf: (index: number) => Label;
  readonly nameOf: (index: number) => string;
  /** The digest of each example's content, by index. */
  readonly digests: ReadonlyMap<number, string>;
  /** Hashes that are similar for examples that look the same, by index; empty if near duplicates are not searched. */
  readonly fingerprints: ReadonlyMap<number, ImageHash>;
  /** Whether two examples with similar fingerprints do look the same. */
  readonly looksSame: (first: number, second: number) => Promise<boolean>;
}

/** Finds examples that are the same and have different labels: with identical contents, or images that look the same. Rows of a table that name one file twice are not listed; those have a warning of their own. */
export async function findContradictions({
  indices,
  labelOf,
  nameOf,
  digests,
  fingerprints,
  looksSame,
}: ContradictionOptions): Promise<Contradictions> {
  const pairs: Contradiction[] = [];
  const involved = new Set<number>();
  const found = (first: number, second: number, exact: boolean): void => {
    if (nameOf(first) === nameOf(second)) return;
    pairs.push({ first: Math.min(first, second), second: Math.max(first, second), exact });
    involved.add(first).add(second);
  };
  // By content, then by label: the first example of each, which stands for the others.
  const contents = new Map<string, Map<string, number>>();
  const single: number[] = [];
  for (const index of indices) {
    const digest = digests.get(index);
    const labels = contents.get(digest ?? '') ?? new Map<string, number>();
    const key = keyOf(labelOf(index));
    if (digest === undefined || !labels.has(key)) single.push(index);
    if (digest === undefined) continue;
    if (!labels.has(key)) labels.set(key, index);
    contents.set(digest, labels);
  }
  for (const labels of contents.values()) {
    const [first, ...others] = labels.values();
    for (const other of others) found(first!, other, true);
  }
  for (const index of indices) {
    const labels = contents.get(digests.get(index) ?? '');
    if (labels && [...labels.values()].some((one) => involved.has(one))) involved.add(index);
  }
  const similar = await lookAlikes(single, {
    fingerprints,
    isWanted: (one, other) =>
      keyOf(labelOf(one)) !== keyOf(labelOf(other)) && !isSame(digests.get(one), digests.get(other)),
    looksSame,
  });
  for (const [first, second] of similar.pairs) found(first, second, false);
  pairs.sort((a, b) => Number(b.exact) - Number(a.exact) || a.first - b.first || a.second - b.second);
  return { pairs, count: involved.size, complete: similar.complete };
}

const isSame = (one: string | undefined, other: string | undefined): boolean => one !== undefined && one === other;
const keyOf = (label: Label): string => (typeof label === 'number' ? String(label) : label.join());

/** A warning that names the first contradiction and counts the others; undefined if there are none. */
export function describeContradictions(
  { pairs, count, complete }: Contradictions,
  {
    nameOf,
    labelNameOf,
    one,
    noun,
    exclusive,
  }: {
    readonly nameOf: (index: number) => string;
    readonly labelNameOf: (index: number) => string;
    /** The word for one example. */
    readonly one: string;
    /** The word for labels: `class`, `classes`. */
    readonly noun: readonly [one: string, many: string];
    readonly exclusive: boolean;
  },
): string | undefined {
  const [pair] = pairs;
  if (!pair) return undefined;
  const { first, second, exact } = pair;
  const where = exclusive ? `in two ${noun[1]}` : `with different ${noun[1]}`;
  const named = `"${nameOf(first)}" and "${nameOf(second)}" are ${exact ? '' : 'nearly '}the same ${one} ${where} ("${labelNameOf(first)}" and "${labelNameOf(second)}")`;
  if (pairs.length === 1) return `${named}. Remove the wrong one.`;
  return `${complete ? '' : 'At least '}${counted(count, one)} contradict one another: ${named}, and ${pairs.length - 1} more ${pairs.length === 2 ? 'pair' : 'pairs'}. Remove the wrong ones; summary.json and the report list them.`;
}
