import type { Batch } from '@graft/data';
import type { Module } from '@graft/layers';
import { scope } from '@graft/tensor';
import type { Outputs } from './metric.ts';
import { backendOf, type Prepare, prepareBatch } from './prepare.ts';

/** A model's answers to each batch, in order. */
export async function* predict<B = Batch>(model: Module, data: AsyncIterable<B> | Iterable<B>, prepare: Prepare<B> = prepareBatch as never): AsyncGenerator<{ batch: B; outputs: Outputs }, void, undefined> {
  const backend = backendOf(model);
  for await (const batch of data) {
    const output = scope(() => model.forward(prepare(batch, backend).input));
    const values = (await output.array()) as Float32Array;
    output.dispose();
    yield { batch, outputs: { values, shape: output.shape } };
  }
}
