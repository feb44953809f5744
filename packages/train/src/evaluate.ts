import type { Batch } from '@graft/data';
import { type AnyModule, compile, type Loss } from '@graft/layers';
import { type HostArray, readAll, scope } from '@graft/tensor';
import type { Metric, Outputs } from './metric.ts';
import { oneAhead } from './one-ahead.ts';
import { backendOf, type LabelledBatch, type Prepare, prepareBatch, samplesIn } from './prepare.ts';

/** Options of {@link evaluate}. */
export interface EvaluateOptions<B> {
  readonly loss?: Loss | undefined;
  readonly metrics?: readonly Metric[];
  readonly prepare?: Prepare<B>;
  /** Called with each batch in order and the outputs that loss and metrics use. Outputs and labels may be kept, but must not be changed. */
  readonly onBatch?: ((outputs: Outputs, batch: B) => void | Promise<void>) | undefined;
}

/**
 * Evaluates a model in inference mode. Returns the mean loss over samples as `loss`, and each metric by name.
 * @throws if there are no samples
 */
export async function evaluate<B extends LabelledBatch = Batch>(
  model: AnyModule,
  data: AsyncIterable<B> | Iterable<B>,
  { loss, metrics = [], prepare = prepareBatch as never, onBatch }: EvaluateOptions<B> = {},
): Promise<Record<string, number>> {
  const backend = backendOf(model);
  const compiled = compile(model);
  const running = metrics.map((metric) => ({ name: metric.name, numbers: metric.start() }));
  let [totalLoss, samples] = [0, 0];
  /** Starts a batch; its results are read while the next one is computed. */
  const answer = async (batch: B): Promise<{ outputs: Outputs; value: number; batch: B }> => {
    const made = scope(() => {
      const { input, target } = prepare(batch, backend);
      const output = compiled.forward(input);
      return loss ? [output, loss(output, target)] : [output];
    });
    const reading = readAll(made);
    for (const tensor of made) tensor.dispose();
    const [output, value] = (await reading) as [HostArray, HostArray?];
    return {
      outputs: { values: output.data as Float32Array, shape: output.shape },
      value: Number(value?.data[0]),
      batch,
    };
  };
  try {
    for await (const { outputs, value, batch } of oneAhead(data, answer)) {
      const size = samplesIn(batch);
      if (loss) totalLoss += value * size;
      for (const { numbers } of running) numbers.add(outputs, batch.labels);
      await onBatch?.(outputs, batch);
      samples += size;
    }
  } finally {
    compiled.dispose();
  }
  if (!samples) throw new Error('evaluate() got no samples. Pass data with at least one sample.');
  return {
    ...(loss && { loss: totalLoss / samples }),
    ...Object.fromEntries(running.map(({ name, numbers }) => [name, numbers.result()])),
  };
}
