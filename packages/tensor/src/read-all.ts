import type { AnyBackend } from './backend.ts';
import type { TypedArray } from './dtype.ts';
import type { HostArray } from './spec.ts';
import type { Tensor } from './tensor.ts';

/**
 * Copies the current values of several tensors, in order. Tensors of the same backend are read in one transfer
 * if the backend supports it.
 */
export async function readAll(tensors: readonly Tensor[]): Promise<HostArray[]> {
  const groups = new Map<AnyBackend, number[]>();
  for (const [i, { backend }] of tensors.entries()) {
    if (!groups.has(backend)) groups.set(backend, []);
    groups.get(backend)!.push(i);
  }
  const values: TypedArray[] = [];
  await Promise.all(
    [...groups].map(async ([backend, places]) => {
      const group = places.map((i) => tensors[i]!);
      const read = backend.readAll
        ? await backend.readAll(group)
        : await Promise.all(group.map((tensor) => backend.read(tensor.data, tensor)));
      for (const [k, i] of places.entries()) values[i] = read[k]!;
    }),
  );
  return tensors.map(({ shape, dtype }, i) => ({ shape, dtype, data: values[i]! }));
}
