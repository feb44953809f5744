import type { Collate } from './batch.ts';
import type { Labelled } from './labelled.ts';

/** A batch whose labels are target values: [samples] or [samples, numbers]. */
export type TargetBatch<B> = Omit<B, 'labels'> & {
  readonly labels: Float32Array;
  readonly labelShape: readonly number[];
};

/**
 * Wraps a collate function for samples with target values instead of a class: 0 or 1 per class for multilabel, or numbers for regression.
 * @throws if samples have different numbers of target values
 */
export function withTargets<Input, B extends { readonly labels: ArrayLike<number> }>(
  collate: Collate<Labelled<Input>, B>,
): Collate<Labelled<Input, number | ArrayLike<number>>, TargetBatch<B>> {
  return (samples, indices) => {
    const targets = samples.map(({ label }) => (typeof label === 'number' ? [label] : label));
    const { length } = targets[0]!;
    const labels = new Float32Array(samples.length * length);
    targets.forEach((target, i) => {
      if (target.length !== length)
        throw new Error(
          `All targets of a batch must have the same length, but sample ${indices[i]} has ${target.length} numbers and sample ${indices[0]} has ${length}.`,
        );
      labels.set(target, i * length);
    });
    const { labels: _, ...rest } = collate(
      samples.map((sample) => ({ ...sample, label: 0 })),
      indices,
    );
    return {
      ...rest,
      labels,
      labelShape: typeof samples[0]!.label === 'number' ? [samples.length] : [samples.length, length],
    };
  };
}

/**
 * Collates samples labelled with a class, or with numbers to predict: the first sample of a batch decides.
 * @param collate collates samples labelled with a class
 */
export function withLabels<Input, B extends { readonly labels: ArrayLike<number> }>(
  collate: Collate<Labelled<Input>, B>,
): Collate<Labelled<Input, number | Float32Array>, B | TargetBatch<B>> {
  const targets = withTargets(collate);
  return (samples, indices) =>
    typeof samples[0]!.label === 'number'
      ? collate(samples as readonly Labelled<Input>[], indices)
      : targets(samples, indices);
}
