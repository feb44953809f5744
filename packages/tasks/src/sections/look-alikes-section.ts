import { cardOf, type EvaluatedExample, markup, type ReportSection } from '@graft/report';

const maxShown = 6;

/** Two examples and the cosine similarity of their features. */
export interface LookAlikes {
  readonly one: EvaluatedExample;
  readonly other: EvaluatedExample;
  readonly cosine: number;
}

/**
 * Finds pairs of examples with similar features, the most similar first.
 * @param least minimum cosine similarity of a pair
 * @param among maximum number of examples to compare
 */
export function lookAlikes(examples: readonly EvaluatedExample[], least = 0.995, among = 600): LookAlikes[] {
  const some = examples.filter(({ features }) => features).slice(0, among);
  const lengths = some.map(({ features }) => Math.hypot(...features!) || 1);
  const pairs: LookAlikes[] = [];
  for (const [i, one] of some.entries())
    for (let j = i + 1; j < some.length; j++) {
      const other = some[j]!;
      let product = 0;
      for (let k = 0; k < one.features!.length; k++) product += one.features![k]! * other.features![k]!;
      const cosine = product / (lengths[i]! * lengths[j]!);
      if (cosine >= least) pairs.push({ one, other, cosine });
    }
  return pairs.sort((a, b) => b.cosine - a.cosine);
}

/** Near-duplicates among held-out examples, by the backbone's features. */
export const lookAlikesSection: ReportSection = {
  name: 'look-alikes',
  title: 'Near-duplicates',
  lead: 'Pairs of held-out examples with almost identical features. Many near-duplicates make the scores less meaningful.',
  order: 55,
  async render({ examples, names }) {
    const pairs = lookAlikes(examples).slice(0, maxShown);
    if (!pairs.length) return undefined;
    const plain = (example: EvaluatedExample) => cardOf({ ...example, evidence: async () => undefined }, '');
    return markup`<ul class="cards">${await Promise.all(
      pairs.map(async ({ one, other, cosine }) => {
        const shown = [await plain(one), await plain(other)];
        const classes =
          one.label === other.label ? '' : `: ${names[one.label as number]!} and ${names[other.label as number]!}`;
        return markup`<li><span class="pictures">${shown.map(({ image, excerpt, name }) => (image === undefined ? markup`<blockquote>${excerpt ?? ''}</blockquote>` : markup`<img src="${image}" alt="${name}" width="96" height="96">`))}</span><span class="text">cosine ${cosine.toFixed(4)}${classes}</span><span class="path">${one.name}, ${other.name}</span></li>`;
      }),
    )}</ul>`;
  },
};
