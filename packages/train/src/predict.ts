import type { Batch } from '@graft/data';
import { compile, type AnyModule } from '@graft/layers';
import { scope } from '@graft/tensor';
import type { Outputs } from './metric.ts';
import { oneAhead } from './one-ahead.ts';
import { backendOf, type Prepare, prepareBatch } from './prepare.ts';

/**
 * Yields a model's outputs for each batch, in order. The model is compiled first, so its weights must not change during iteration.
 * Reads one batch ahead.
 * @throws if each batch overwrites the previous one
 */
export async function* predict<B = Batch>(
  model: AnyModule,
  data: AsyncIterable<B> | Iterable<B>,
  prepare: Prepare<B> = prepareBatch as never,
): AsyncGenerator<{ batch: B; outputs: Outputs }, void, undefined> {
  const backend = backendOf(model);
  const compiled = compile(model);
  let before: ArrayBufferView | undefined;
  const answer = async (batch: B): Promise<{ batch: B; outputs: Outputs }> => {
    const { inputs } = batch as { inputs?: ArrayBufferView };
    if (
      inputs?.buffer &&
      inputs !== before &&
      inputs.buffer === before?.buffer &&
      inputs.byteOffset === before.byteOffset
    )
      throw new Error(
        'predict() got a batch that overwrites the previous one, which is still in use. Create the batches without the option "reuse".',
      );
    before = inputs;
    const output = scope(() => compiled.forward(prepare(batch, backend).input));
    const reading = output.array();
    output.dispose();
    return { batch, outputs: { values: (await reading) as Float32Array, shape: output.shape } };
  };
  try {
    yield* oneAhead(data, answer);
  } finally {
    compiled.dispose();
  }
}
