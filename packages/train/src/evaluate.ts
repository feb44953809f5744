import type { Batch } from '@graft/data';
import { compile, type Loss, type Module } from '@graft/layers';
import { scope } from '@graft/tensor';
import type { Metric } from './metric.ts';
import { backendOf, type LabelledBatch, type Prepare, prepareBatch, samplesIn } from './prepare.ts';

/** Options of {@link evaluate}. */
export interface EvaluateOptions<B> {
  readonly loss?: Loss | undefined;
  readonly metrics?: readonly Metric[];
  readonly prepare?: Prepare<B>;
}

/**
 * The loss (`loss`, a mean over samples) and metrics of a model on data it does not learn from.
 * @throws where there are no samples
 */
export async function evaluate<B extends LabelledBatch = Batch>(
  model: Module,
  data: AsyncIterable<B> | Iterable<B>,
  { loss, metrics = [], prepare = prepareBatch as never }: EvaluateOptions<B> = {},
): Promise<Record<string, number>> {
  const backend = backendOf(model);
  const compiled = compile(model);
  const running = metrics.map(({ name, start }) => ({ name, ...start() }));
  let [totalLoss, samples] = [0, 0];
  try {
    for await (const batch of data) {
      const size = samplesIn(batch);
      const made = scope(() => {
        const { input, target } = prepare(batch, backend);
        const output = compiled.forward(input);
        return { output, value: loss?.(output, target) };
      });
      const values = (await made.output.array()) as Float32Array;
      if (made.value) totalLoss += Number((await made.value.array())[0]) * size;
      for (const metric of running) metric.add({ values, shape: made.output.shape }, batch.labels);
      samples += size;
      made.output.dispose();
      made.value?.dispose();
    }
  } finally {
    compiled.dispose();
  }
  if (!samples) throw new Error('evaluate() got no samples. Give it data that has some.');
  return {
    ...(loss && { loss: totalLoss / samples }),
    ...Object.fromEntries(running.map(({ name, result }) => [name, result()])),
  };
}
