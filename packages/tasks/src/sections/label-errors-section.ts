import { cardOf, cards, type EvaluatedExample, percent, type ReportSection } from '@graft/report';
import { probabilitiesOf } from './probabilities.ts';

const maxShown = 8;

/** An example whose label is probably wrong, and the class the model suggests. */
export interface LabelError {
  readonly example: EvaluatedExample;
  readonly suggested: number;
  readonly confidence: number;
}

/**
 * Finds examples whose label is probably wrong: the model is more confident in another class than it is on average for examples of that
 * class (Northcutt et al. 2021). The most confident come first.
 */
export function likelyLabelErrors(examples: readonly EvaluatedExample[], classes: number): LabelError[] {
  const all = examples.map((example) => ({
    example,
    shares: probabilitiesOf(example.values),
    truth: example.label as number,
  }));
  const [sums, counts] = [new Float64Array(classes), new Float64Array(classes)];
  for (const { shares, truth } of all) {
    sums[truth]! += shares[truth]!;
    counts[truth]!++;
  }
  const usual = Array.from(sums, (sum, k) => (counts[k] ? sum / counts[k] : Number.POSITIVE_INFINITY));
  return all
    .flatMap(({ example, shares, truth }) => {
      const fitting = usual.flatMap((threshold, k) => (shares[k]! >= threshold ? [k] : []));
      const suggested = fitting.length ? fitting.reduce((a, b) => (shares[b]! > shares[a]! ? b : a)) : truth;
      return suggested === truth ? [] : [{ example, suggested, confidence: shares[suggested]! }];
    })
    .sort((a, b) => b.confidence - a.confidence);
}

/** Examples whose labels are worth a second look. */
export const labelErrorsSection: ReportSection = {
  name: 'label-errors',
  title: 'Labels to check',
  lead: 'The model is more confident in another class than it is on average for examples of that class. Some of these labels may be wrong; other examples are just hard.',
  order: 50,
  async render({ examples, names }) {
    const found = likelyLabelErrors(examples, names.length).slice(0, maxShown);
    if (!found.length) return undefined;
    return cards(
      await Promise.all(
        found.map(({ example, suggested, confidence }) =>
          cardOf(
            { ...example, evidence: async () => undefined },
            `labelled ${names[example.label as number]!}, looks like ${names[suggested]!} (${percent(confidence)})`,
          ),
        ),
      ),
    );
  },
};
