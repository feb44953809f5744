import type { AnyBatch } from '@graft/data';
import type { AnyModule, Loss } from '@graft/layers';
import { js, narrow, readAll, scope, tensor } from '@graft/tensor';
import { evaluate, samplesIn, targetOf } from '@graft/train';

/** The loss of each example by itself, in the order of the data. */
export async function exampleLosses<B extends AnyBatch>(
  model: AnyModule,
  data: AsyncIterable<B> | Iterable<B>,
  loss: Loss,
): Promise<number[]> {
  const losses: number[] = [];
  await evaluate(model, data, {
    async onBatch({ values, shape }, batch) {
      const made = scope(() => {
        const [output, target] = [tensor(values, { shape }), targetOf(batch, js)];
        return Array.from({ length: samplesIn(batch) }, (_, i) =>
          loss(narrow(output, 0, i, 1), narrow(target, 0, i, 1)),
        );
      });
      const found = await readAll(made);
      for (const one of made) one.dispose();
      for (const {
        data: [value],
      } of found)
        losses.push(Number(value));
    },
  });
  return losses;
}
