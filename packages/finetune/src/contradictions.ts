import type { RunExample } from './run-data.ts';

export interface ContradictionOptions {
  /** The digest of each example's content, by index. */
  readonly digests: ReadonlyMap<number, string>;
  readonly examples: readonly Pick<RunExample, 'name' | 'label'>[];
  /** The words for one example and for several. */
  readonly noun: readonly [one: string, many: string];
  /** The word for several labels. */
  readonly labels: string;
}

/** A warning about examples with the same content and different labels, which cannot all be right; undefined if there are none. */
export function contradictions(
  indices: readonly number[],
  { digests, examples, noun: [, many], labels }: ContradictionOptions,
): string | undefined {
  const groups = new Map<string, number[]>();
  for (const index of indices) {
    const digest = digests.get(index);
    if (digest === undefined) continue;
    const group = groups.get(digest);
    if (group) group.push(index);
    else groups.set(digest, [index]);
  }
  const labelOf = (index: number): string => String(examples[index]!.label);
  const wrong = [...groups.values()].filter((group) => group.some((index) => labelOf(index) !== labelOf(group[0]!)));
  if (!wrong.length) return undefined;
  const [first] = wrong as [number[]];
  const other = first.find((index) => labelOf(index) !== labelOf(first[0]!))!;
  const count = wrong.reduce((sum, group) => sum + group.length, 0);
  const names = [first[0]!, other].map((index) => `"${examples[index]!.name}"`).join(' and ');
  return `${count} ${many} have the same content as others, but different ${labels}: ${names}${count > 2 ? ' …' : ''}. Remove the wrong ones.`;
}
