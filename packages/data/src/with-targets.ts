import type { Collate } from './batch.ts';
import type { Labelled } from './labelled.ts';

/** A batch whose labels are numbers to predict: [samples], or [samples, numbers]. */
export type TargetBatch<B> = Omit<B, 'labels'> & {
  readonly labels: Float32Array;
  readonly labelShape: readonly number[];
};

/**
 * Batches of samples with numbers to predict, in place of a class: several classes at once as 0 and 1, or measures. The rest is put
 * together as `collate` does.
 * @throws where samples differ in how many numbers they have
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
          `The targets of a batch have one length, and sample ${indices[i]} has ${target.length} numbers where sample ${indices[0]} has ${length}.`,
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
