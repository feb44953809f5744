import { axisOf, reshape, scatterRows, sizeOf, type Tensor } from '@graft/tensor';
import { integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

/** Writes an update into a cache of keys or values along an axis, at a separate position for each row of the batch; wraps around if circular. */
function tensorScatter(
  cache: Tensor,
  update: Tensor,
  places: readonly number[] | undefined,
  { attributes }: OperatorNode,
): Tensor {
  const axis = axisOf(attributes.int('axis', -2), cache.rank);
  const mode = attributes.string('mode', 'linear');
  if (mode !== 'linear' && mode !== 'circular') throw new Error(`its mode "${mode}" is neither linear nor circular.`);
  const [length, count] = [cache.shape[axis]!, update.shape[axis]!];
  if (
    axis === 0 ||
    update.rank !== cache.rank ||
    count > length ||
    cache.shape.some((dim, i) => i !== axis && dim !== update.shape[i])
  )
    throw new Error(`an update of [${update.shape}] does not fit a cache of [${cache.shape}] along axis ${axis}.`);
  const [outer, rest] = [sizeOf(cache.shape.slice(0, axis)), cache.shape.slice(axis + 1)];
  const perSample = outer / Math.max(1, cache.shape[0]!);
  const offsets = Array.from({ length: outer * count }, (_, i) => {
    const row = Math.floor(i / count);
    const at = (places?.[Math.floor(row / perSample)] ?? 0) + (i % count);
    if (at < 0 || (at >= length && mode === 'linear'))
      throw new Error(`position ${at} is outside a cache of ${length}.`);
    return row * length + (at % length);
  });
  return reshape(
    scatterRows(reshape(cache, [outer * length, ...rest]), offsets, reshape(update, [outer * count, ...rest])),
    cache.shape,
  );
}

export const cacheOperators: readonly OnnxOperator[] = [
  operator(
    'TensorScatter',
    24,
    ([cache, update, places], node) =>
      tensorScatter(cache!, update!, places && integersOf(places, 'write_indices'), node),
    { inputs: [2, 3], steering: [2] },
  ),
];
