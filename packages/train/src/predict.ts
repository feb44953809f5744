import type { Batch } from '@graft/data';
import { compile, type Module } from '@graft/layers';
import { scope } from '@graft/tensor';
import type { Outputs } from './metric.ts';
import { backendOf, type Prepare, prepareBatch } from './prepare.ts';

/** A model's answers to each batch, in order. The model is compiled first; its weights may not change meanwhile. */
export async function* predict<B = Batch>(
  model: Module,
  data: AsyncIterable<B> | Iterable<B>,
  prepare: Prepare<B> = prepareBatch as never,
): AsyncGenerator<{ batch: B; outputs: Outputs }, void, undefined> {
  const backend = backendOf(model);
  const compiled = compile(model);
  try {
    for await (const batch of data) {
      const output = scope(() => compiled.forward(prepare(batch, backend).input));
      const values = (await output.array()) as Float32Array;
      output.dispose();
      yield { batch, outputs: { values, shape: output.shape } };
    }
  } finally {
    compiled.dispose();
  }
}
