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
  // Probabilities are computed twice rather than held: with many classes they fill the memory.
  const [sums, counts] = [new Float64Array(classes), new Float64Array(classes)];
  for (const { values, label } of examples) {
    const truth = label as number;
    sums[truth]! += probabilitiesOf(values)[truth]!;
    counts[truth]!++;
  }
  const usual = sums.map((sum, k) => (counts[k] ? sum / counts[k] : Number.POSITIVE_INFINITY));
  return examples
    .flatMap((example) => {
      const shares = probabilitiesOf(example.values);
      let suggested = -1;
      for (let k = 0; k < classes; k++)
        if (shares[k]! >= usual[k]! && (suggested < 0 || shares[k]! > shares[suggested]!)) suggested = k;
      const isError = suggested >= 0 && suggested !== example.label;
      return isError ? [{ example, suggested, confidence: shares[suggested]! }] : [];
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
