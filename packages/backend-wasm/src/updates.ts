import { type AdamUpdate, type SgdUpdate, sizeOf, type Update } from '@graft/tensor';
import type { Engine } from './engine.ts';
import type { KernelName } from './exports.ts';
import type { WasmBuffer } from './heap.ts';
import { allFloat32 } from './kernels/float32.ts';

/** Parts of a sweep start at whole pages. */
const GRAIN = 1024;

/** Optimizer steps in one pass over memory, implemented in assembly/update.ts. */
export function updatesOf(engine: Engine): Map<string, Update<WasmBuffer>> {
  const update =
    <Attrs>(
      name: KernelName,
      nanoseconds: number,
      numbers: (attrs: Attrs) => readonly number[],
    ): Update<WasmBuffer, Attrs> =>
    (changed, read, attrs) => {
      const operands = [...changed, ...read];
      if (!allFloat32(operands) || changed.some(({ data }) => data.references > 1)) return false;
      const size = sizeOf(changed[0]!.shape);
      engine.run(
        name,
        size,
        size * nanoseconds,
        [...operands.map(({ data }) => data.pointer), ...numbers(attrs)],
        GRAIN,
      );
      return true;
    };
  return new Map<string, Update<WasmBuffer>>([
    ['sgd', update('updateSgd', 0.3, ({ decay, learningRate }: SgdUpdate) => [decay, -learningRate])],
    [
      'momentum',
      update('updateMomentum', 0.5, ({ decay, learningRate, momentum, nesterov }: SgdUpdate) => [
        decay,
        -learningRate,
        momentum,
        Number(nesterov),
      ]),
    ],
    [
      'adam',
      update(
        'updateAdam',
        1,
        ({ decay, decoupledDecay, learningRate, betas: [b1, b2], epsilon, corrections: [c1, c2] }: AdamUpdate) => [
          decay,
          decoupledDecay,
          -learningRate,
          b1,
          1 - b1,
          b2,
          1 - b2,
          1 / c1,
          1 / c2,
          epsilon,
        ],
      ),
    ],
  ]);
}
