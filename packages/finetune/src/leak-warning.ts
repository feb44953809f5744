import { counted } from '@graft/report';

export interface LeakOptions {
  /** Indices of the training examples. */
  readonly trained: readonly number[];
  /** Indices of the held-out examples. */
  readonly heldOut: readonly number[];
  /** The digest of each example's content, by index. */
  readonly digests: ReadonlyMap<number, string>;
  readonly nameOf: (index: number) => string;
  /** The word for one example. */
  readonly one: string;
  /** The name of the score that leaks make too optimistic. */
  readonly score: string;
}

/** A warning about held-out examples whose content is also in the training set; undefined if there are none. */
export function leakWarning({ trained, heldOut, digests, nameOf, one, score }: LeakOptions): string | undefined {
  const seen = new Map<string, number>();
  for (const index of trained) {
    const digest = digests.get(index);
    if (digest !== undefined && !seen.has(digest)) seen.set(digest, index);
  }
  const leaks = heldOut.filter((index) => seen.has(digests.get(index) ?? ''));
  const [first] = leaks;
  if (first === undefined) return undefined;
  const contents = new Set(leaks.map((index) => digests.get(index))).size;
  const names = [seen.get(digests.get(first)!)!, first].map((index) => `"${nameOf(index)}"`).join(' and ');
  const distinct =
    contents < leaks.length ? `, with ${contents} different ${contents === 1 ? 'content' : 'contents'},` : '';
  return `${counted(leaks.length, `validation ${one}`)}${distinct} ${leaks.length === 1 ? 'is' : 'are'} also in the training set under another name, which makes the ${score} too optimistic: ${names}${leaks.length > 1 ? ' …' : ''}. Remove the duplicates.`;
}
