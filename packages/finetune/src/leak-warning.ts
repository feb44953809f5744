import type { ImageHash } from '@graft/data';
import { counted } from '@graft/report';
import { lookAlikes } from './look-alikes.ts';

export interface LeakOptions {
  /** Indices of the training examples. */
  readonly trained: readonly number[];
  /** Indices of the held-out examples. */
  readonly heldOut: readonly number[];
  /** The digest of each example's content, by index. */
  readonly digests: ReadonlyMap<number, string>;
  /** Hashes that are similar for examples that look the same, by index; empty if near duplicates are not searched. */
  readonly fingerprints: ReadonlyMap<number, ImageHash>;
  /** Whether two examples with similar fingerprints do look the same. */
  readonly looksSame: (first: number, second: number) => Promise<boolean>;
  readonly nameOf: (index: number) => string;
  /** The word for one example. */
  readonly one: string;
  /** The name of the score that leaks make too optimistic. */
  readonly score: string;
}

/** A warning about held-out examples that are also in the training set: with the same content, or nearly the same, such as an image at another size. Undefined if there are none. */
export async function leakWarning(options: LeakOptions): Promise<string | undefined> {
  const { trained, heldOut, digests, fingerprints, looksSame, nameOf, one, score } = options;
  const seen = new Map<string, number>();
  for (const index of trained) {
    const digest = digests.get(index);
    if (digest !== undefined && !seen.has(digest)) seen.set(digest, index);
  }
  const leaks = heldOut.filter((index) => seen.has(digests.get(index) ?? ''));
  const exact = new Set(leaks);
  // One training example stands for all with its content.
  const different = trained.filter((index) => [undefined, index].includes(seen.get(digests.get(index) ?? '')));
  const held = new Set(heldOut);
  const similar = await lookAlikes([...different, ...heldOut.filter((index) => !exact.has(index))], {
    fingerprints,
    isWanted: (first, second) => held.has(first) !== held.has(second),
    looksSame,
  });
  const near = new Map<number, number>();
  for (const [first, second] of similar.pairs) {
    const [known, index] = held.has(first) ? [second, first] : [first, second];
    if (!near.has(index)) near.set(index, known);
  }
  const [first] = leaks;
  const [alike] = near;
  const optimistic = `makes the ${score} too optimistic`;
  const pair = (a: number, b: number): string => `"${nameOf(a)}" and "${nameOf(b)}"`;
  const nearly = alike && {
    count: `${similar.complete ? '' : 'at least '}${counted(near.size, `validation ${one}`)}`,
    verb: near.size === 1 ? 'is' : 'are',
    pairs: `${pair(alike[1], alike[0])}${near.size > 1 ? ' …' : ''}`,
  };
  if (first === undefined)
    return (
      nearly &&
      capitalised(
        `${nearly.count} ${nearly.verb} nearly the same as one of the training set, which ${optimistic}: ${nearly.pairs}. Remove the duplicates, or keep them on one side.`,
      )
    );
  const contents = new Set(leaks.map((index) => digests.get(index))).size;
  const distinct =
    contents < leaks.length ? `, with ${contents} different ${contents === 1 ? 'content' : 'contents'},` : '';
  const others = nearly ? `; ${nearly.count} ${nearly.verb} nearly the same: ${nearly.pairs}` : '';
  return `${counted(leaks.length, `validation ${one}`)}${distinct} ${leaks.length === 1 ? 'is' : 'are'} also in the training set under another name, which ${optimistic}: ${pair(seen.get(digests.get(first)!)!, first)}${leaks.length > 1 ? ' …' : ''}${others}. Remove the duplicates.`;
}

const capitalised = (sentence: string): string => sentence[0]!.toUpperCase() + sentence.slice(1);
