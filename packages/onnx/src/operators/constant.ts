import { type DType, full, type HostArray, type Tensor, tensor, toNumbers } from '@graft/tensor';
import { checkListed, checkSize, integersOf, numberOf, numbersOf, type OnnxOperator, operator } from '../operator.ts';
import { dtypeOf } from '../proto/data-types.ts';
import type { Attributes } from '../proto/attributes.ts';

/** The value of a Constant node. @throws if it is a string or sparse */
export function constantValue(attributes: Attributes): HostArray {
  const [kind] = attributes.names;
  const array = (dtype: DType, data: HostArray['data'], shape: readonly number[]): HostArray => ({
    dtype,
    data,
    shape,
  });
  switch (kind) {
    case 'value':
      return attributes.tensor('value');
    case 'value_float':
      return array('float32', Float32Array.of(attributes.float('value_float')), []);
    case 'value_floats': {
      const values = attributes.floats('value_floats');
      return array('float32', Float32Array.from(values), [values.length]);
    }
    case 'value_int':
      return array('int64', BigInt64Array.from(attributes.bigints('value_int')), []);
    case 'value_ints': {
      const values = attributes.bigints('value_ints');
      return array('int64', BigInt64Array.from(values), [values.length]);
    }
    default:
      throw new Error(`a constant of kind "${kind ?? 'none'}" is not supported.`);
  }
}

const numbersIn = ({ data, dtype }: HostArray): number => toNumbers(data, dtype)[0] ?? 0;

/** From start up to (not including) limit; integers stay integers. */
function range(start: Tensor, limit: Tensor, delta: Tensor): Tensor {
  const [first, last, step] = [numberOf(start, 'start'), numberOf(limit, 'limit'), numberOf(delta, 'delta')];
  const length = Math.max(0, Math.ceil((last - first) / step));
  if (!Number.isFinite(length)) throw new Error(`a range from ${first} to ${last} in steps of ${step} is infinite.`);
  checkListed([length]);
  return tensor(
    Array.from({ length }, (_, i) => first + i * step),
    { shape: [length], dtype: start.dtype },
  );
}

function oneHot(indices: Tensor, depth: number, values: Tensor, axis: number): Tensor {
  const [off, on] = numbersOf(values, 'values') as [number, number];
  const at = axis < 0 ? axis + indices.rank + 1 : axis;
  const shape = [...indices.shape.slice(0, at), depth, ...indices.shape.slice(at)];
  checkListed(shape);
  const inner = indices.shape.slice(at).reduce((a, b) => a * b, 1);
  const out = Array<number>(shape.reduce((a, b) => a * b, 1)).fill(off);
  numbersOf(indices, 'indices').forEach((index, i) => {
    const own = index < 0 ? index + depth : index;
    if (own >= 0 && own < depth) out[(Math.floor(i / inner) * depth + own) * inner + (i % inner)] = on;
  });
  return tensor(out, { shape, dtype: values.dtype });
}

/** Ones on a diagonal, in the shape of a matrix. */
function eyeLike({ shape, dtype }: Tensor, k: number, to: DType | undefined): Tensor {
  const [rows, columns] = shape;
  if (shape.length !== 2) throw new Error(`a tensor of shape [${shape}] is not a matrix.`);
  checkListed(shape);
  const ones = Array.from({ length: rows! * columns! }, (_, i) =>
    Number((i % columns!) - Math.floor(i / columns!) === k),
  );
  return tensor(ones, { shape: [rows!, columns!], dtype: to ?? dtype });
}

export const constantOperators: readonly OnnxOperator[] = [
  operator(
    'Constant',
    1,
    (_, { attributes }) => {
      const { data, shape, dtype } = constantValue(attributes);
      return tensor(data, { shape, dtype });
    },
    { inputs: 0 },
  ),
  operator(
    'ConstantOfShape',
    9,
    ([shape], { attributes }) => {
      const value = attributes.has('value') ? attributes.tensor('value') : undefined;
      return full(checkSize(integersOf(shape!, 'shape')), value ? numbersIn(value) : 0, {
        dtype: value?.dtype ?? 'float32',
      });
    },
    { steering: [0] },
  ),
  operator('Range', 11, ([start, limit, delta]) => range(start!, limit!, delta!), { inputs: 3, steering: [0, 1, 2] }),
  operator('EyeLike', 9, ([x], { attributes }) =>
    eyeLike(x!, attributes.int('k', 0), dtypeOf(attributes.int('dtype', 0))),
  ),
  operator(
    'OneHot',
    9,
    ([indices, depth, values], { attributes }) =>
      oneHot(indices!, numberOf(depth!, 'depth'), values!, attributes.int('axis', -1)),
    { inputs: 3, steering: [0, 1, 2] },
  ),
];
