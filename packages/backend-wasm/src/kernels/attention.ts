import type { Shape } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries } from './index.ts';

/** Scaled dot-product attention; masks with one number for all keys are left to the decomposition. */
export function attention(engine: Engine): KernelEntries {
  return [
    [
      'attention',
      ([q, k, v, mask], { scale }: { scale: number }, out) => {
        const [batch, heads, queries, size] = q!.shape as [number, number, number, number];
        const keys = k!.shape[2]!;
        if (!allFloat32([q!, k!, v!, ...(mask ? [mask] : [])]) || (mask && mask.shape.at(-1) !== keys))
          return undefined;
        const y = engine.output(out);
        const count = batch * heads;
        const run = (table: number): void => {
          const width = v!.shape[3]!;
          engine.run(
            'attention',
            engine.kernels.attentionUnits(count, queries),
            count * queries * keys * (size + width + 25) * 0.04,
            [
              q!.data.pointer,
              k!.data.pointer,
              v!.data.pointer,
              mask?.data.pointer ?? 0,
              table,
              rowsOf(mask?.shape ?? []) === 1 ? 0 : keys,
              y.pointer,
              queries,
              keys,
              size,
              width,
              scale,
            ],
          );
        };
        if (!mask) run(0);
        else
          engine.borrow(count * 4, (table) => {
            const { int32 } = engine.heap.views;
            const [ownBatch, ownHeads] = [mask.shape.at(-4) ?? 1, mask.shape.at(-3) ?? 1];
            const matrix = rowsOf(mask.shape) * keys * 4;
            for (let i = 0; i < count; i++)
              int32[table / 4 + i] =
                ((ownBatch === 1 ? 0 : Math.floor(i / heads)) * ownHeads + (ownHeads === 1 ? 0 : i % heads)) * matrix;
            run(table);
          });
        return y;
      },
    ],
  ];
}

const rowsOf = (mask: Shape): number => mask.at(-2) ?? 1;
