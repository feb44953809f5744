import { type AnyBatch, type Dataset, type Labelled, mapDataset, subset } from '@graft/data';
import type { AnyModule } from '@graft/layers';
import { predict } from '@graft/train';

/** What a model takes a sample without a label for. */
export interface PseudoLabel {
  /** The sample's number in its dataset. */
  readonly index: number;
  readonly label: number;
  /** The probability that the model gives the class. */
  readonly confidence: number;
}

/**
 * The classes of samples that a model is sure of (Lee 2013), the surest first. Give it batches without random changes.
 * @param options confidence: the least probability that counts; default 0.95
 */
export async function pseudoLabels(
  model: AnyModule,
  data: AsyncIterable<AnyBatch>,
  { confidence: least = 0.95 }: { readonly confidence?: number } = {},
): Promise<PseudoLabel[]> {
  if (!(least >= 0 && least <= 1)) throw new Error(`pseudoLabels wants a confidence from 0 to 1, got ${least}.`);
  const found: PseudoLabel[] = [];
  for await (const {
    batch,
    outputs: { values, shape },
  } of predict(model, data)) {
    const classes = shape.at(-1)!;
    for (const [n, index] of batch.indices.entries()) {
      const { label, confidence } = surest(values.subarray(n * classes, (n + 1) * classes));
      if (confidence >= least) found.push({ index, label, confidence });
    }
  }
  return found.sort((a, b) => b.confidence - a.confidence || a.index - b.index);
}

/** The samples that got a pseudo-label, under it: to be trained on beside those with labels (`concat`). */
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

function surest(logits: Float32Array): { label: number; confidence: number } {
  const label = logits.reduce((best, value, k) => (value > logits[best]! ? k : best), 0);
  return { label, confidence: 1 / logits.reduce((sum, value) => sum + Math.exp(value - logits[label]!), 0) };
}
