import { type AnyBatch, type Dataset, type Labelled, mapDataset, subset } from '@graft/data';
import type { AnyModule } from '@graft/layers';
import { predict } from '@graft/train';

/** A model's prediction for an unlabelled sample, used as its label. */
export interface PseudoLabel {
  /** The index of the sample in its dataset. */
  readonly index: number;
  readonly label: number;
  /** The predicted probability of the class. */
  readonly confidence: number;
}

/**
 * Predicts labels for unlabelled samples, and returns the confident ones, most confident first (Lee 2013). Do not augment the data.
 * @param options confidence: the lowest probability to accept; default 0.95
 * @throws if `confidence` is not between 0 and 1
 */
export async function pseudoLabels(
  model: AnyModule,
  data: AsyncIterable<AnyBatch>,
  { confidence: least = 0.95 }: { readonly confidence?: number } = {},
): Promise<PseudoLabel[]> {
  if (!(least >= 0 && least <= 1)) throw new Error(`pseudoLabels expects a confidence from 0 to 1, got ${least}.`);
  const found: PseudoLabel[] = [];
  for await (const {
    batch,
    outputs: { values, shape },
  } of predict(model, data)) {
    const classes = shape.at(-1)!;
    for (const [n, index] of batch.indices.entries()) {
      const { label, confidence } = mostLikely(values.subarray(n * classes, (n + 1) * classes));
      if (confidence >= least) found.push({ index, label, confidence });
    }
  }
  return found.sort((a, b) => b.confidence - a.confidence || a.index - b.index);
}

/** The samples that got a pseudo-label, with that label. Use `concat` to train on them together with labelled samples. */
export const pseudoLabelled = <Input>(
  dataset: Dataset<Labelled<Input>>,
  labels: readonly PseudoLabel[],
): Dataset<Labelled<Input>> =>
  mapDataset(
    subset(
      dataset,
      labels.map(({ index }) => index),
    ),
    (sample, i) => ({ ...sample, label: labels[i]!.label }),
  );

function mostLikely(logits: Float32Array): { label: number; confidence: number } {
  const label = logits.reduce((best, value, k) => (value > logits[best]! ? k : best), 0);
  return { label, confidence: 1 / logits.reduce((sum, value) => sum + Math.exp(value - logits[label]!), 0) };
}
