import {
  axisOf,
  gather,
  integers,
  reshape,
  sizeOf,
  stridesOf,
  topK as greatest,
  transpose,
  tril,
  triu,
  type Tensor,
} from '@graft/tensor';
import { integerOf, integersOf, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

function topK(x: Tensor, k: number, { attributes }: OperatorNode): Tensor[] {
  if (!x.backend.view) numbersOf(x, 'input'); // the values must be known; throws otherwise
  const { values, indices } = greatest(x, k, {
    axis: attributes.int('axis', -1),
    largest: attributes.int('largest', 1) !== 0,
  });
  return [values, indices];
}

/** Coordinates of nonzero elements, one column each. */
function nonZero(x: Tensor): Tensor {
  const strides = stridesOf(x.shape);
  const found = numbersOf(x, 'input').flatMap((value, i) => (value === 0 ? [] : [i]));
  return integers(
    x.shape.flatMap((dim, axis) => found.map((at) => Math.floor(at / strides[axis]!) % dim)),
    [x.rank, found.length],
  );
}

/** Selects slices along an axis by a list of booleans; without an axis, elements of the flattened tensor. */
function compress(x: Tensor, condition: Tensor, axis: number | undefined): Tensor {
  const picked = integersOf(condition, 'condition').flatMap((keep, i) => (keep ? [i] : []));
  return axis === undefined ? gather(reshape(x, [-1]), integers(picked)) : gather(x, integers(picked), axis);
}

/** Unique slices along an axis (or elements, without an axis): values, first indices, inverse indices, counts. */
function unique(x: Tensor, { attributes }: OperatorNode): Tensor[] {
  const along = attributes.int('axis', undefined);
  const flat = along === undefined ? reshape(x, [-1]) : x;
  const axis = along === undefined ? 0 : axisOf(along, x.rank);
  const [length, inner] = [flat.shape[axis]!, sizeOf(flat.shape.slice(axis + 1))];
  const values = numbersOf(flat, 'input');
  const rows = Array.from({ length }, (): number[] => []);
  values.forEach((value, at) => rows[Math.floor(at / inner) % length]!.push(value));
  const firsts = new Map<string, number>();
  const keys = rows.map(String);
  keys.forEach((key, i) => firsts.set(key, firsts.get(key) ?? i));
  const order = [...firsts.values()];
  if (attributes.int('sorted', 1))
    order.sort((a, b) => {
      const at = rows[a]!.findIndex((value, k) => value !== rows[b]![k]);
      return at < 0 ? 0 : rows[a]![at]! - rows[b]![at]!;
    });
  const places = new Map(order.map((first, i) => [keys[first]!, i]));
  const counts = new Array<number>(order.length).fill(0);
  for (const key of keys) counts[places.get(key)!]!++;
  return [
    gather(flat, integers(order), axis),
    integers(order),
    integers(keys.map((key) => places.get(key)!)),
    integers(counts),
  ];
}

/** Reverses the first elements of each sequence; the rest is unchanged. */
function reversed(x: Tensor, lengths: readonly number[], { attributes }: OperatorNode): Tensor {
  const [batch, time] = [attributes.int('batch_axis', 1), attributes.int('time_axis', 0)];
  const order = [time, batch, ...x.shape.map((_, i) => i).filter((i) => i !== time && i !== batch)];
  const first = transpose(x, order);
  const [steps, samples] = first.shape as [number, number];
  const from = Array.from({ length: steps * samples }, (_, i) => {
    const [t, n] = [Math.floor(i / samples), i % samples];
    return (t < lengths[n]! ? lengths[n]! - 1 - t : t) * samples + n;
  });
  const taken = reshape(
    gather(reshape(first, [steps * samples, ...first.shape.slice(2)]), integers(from)),
    first.shape,
  );
  return transpose(
    taken,
    order.map((_, i) => order.indexOf(i)),
  );
}

export const selectionOperators: readonly OnnxOperator[] = [
  operator('TopK', 1, ([x], node) => topK(x!, node.attributes.int('k'), node)),
  operator('TopK', 10, ([x, k], node) => topK(x!, integerOf(k!, 'k'), node), { inputs: 2, steering: [1] }),
  operator('NonZero', 9, ([x]) => nonZero(x!)),
  operator(
    'Compress',
    9,
    ([x, condition], { attributes }) => compress(x!, condition!, attributes.int('axis', undefined)),
    { inputs: 2, steering: [1] },
  ),
  operator(
    'Trilu',
    14,
    ([x, k], { attributes }) => (attributes.int('upper', 1) === 1 ? triu : tril)(x!, k ? integerOf(k, 'k') : 0),
    { inputs: [1, 2], steering: [1] },
  ),
  operator('Unique', 11, ([x], node) => unique(x!, node)),
  operator('ReverseSequence', 10, ([x, lengths], node) => reversed(x!, integersOf(lengths!, 'sequence_lens'), node), {
    inputs: 2,
    steering: [1],
  }),
];
