import { toNumbers, type TypedArray } from './dtype.ts';
import { showShape } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** Up to so many elements are all shown; of more, the first and last few in each dimension. */
const [all, edge] = [200, 3];
/** Characters of a line. */
const width = 100;

/** A tensor for people: its values as far as the host sees them, shortened, and its dtype and backend where they are not the usual ones. */
export function showTensor(tensor: Tensor): string {
  const { dtype, shape, backend, freed } = tensor;
  if (freed) return `tensor(freed, ${dtype} ${showShape(shape)})`;
  if (!backend.view) return `tensor(${dtype} ${showShape(shape)} on ${backend.name})`;
  const values = backend.view(tensor.data, tensor);
  const shown = rows(tensor, values, 0, 0);
  const notes = [
    ...(shape.includes(0) || tensor.size > all ? [`shape ${showShape(shape)}`] : []),
    ...(dtype === 'float32' ? [] : [dtype]),
    ...(backend.name === 'js' ? [] : [`on ${backend.name}`]),
  ];
  return `tensor(${laidOut(shown, 7)}${notes.map((note) => `, ${note}`).join('')})`;
}

type Shown = string | readonly Shown[];

/** The elements below a place, nested. */
function rows({ shape, dtype, size }: Tensor, values: TypedArray, axis: number, at: number): Shown {
  if (axis === shape.length) {
    const [value] = toNumbers(values.subarray(at, at + 1) as TypedArray, dtype);
    return dtype === 'bool' ? String(Boolean(value)) : showNumber(value!);
  }
  const [length, step] = [shape[axis]!, shape.slice(axis + 1).reduce((a, b) => a * b, 1)];
  const row = (i: number): Shown => rows({ shape, dtype, size } as Tensor, values, axis + 1, at + i * step);
  if (size <= all || length <= 2 * edge) return Array.from({ length }, (_, i) => row(i));
  return [
    ...Array.from({ length: edge }, (_, i) => row(i)),
    '…',
    ...Array.from({ length: edge }, (_, i) => row(length - edge + i)),
  ];
}

const showNumber = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(5)));

/** On one line where it fits, else each row on its own. */
function laidOut(shown: Shown, indent: number): string {
  if (typeof shown === 'string') return shown;
  const line = flat(shown);
  if (line.length + indent <= width || shown.every((item) => typeof item === 'string')) return line;
  return `[${shown.map((item) => laidOut(item, indent + 1)).join(`,\n${' '.repeat(indent + 1)}`)}]`;
}
const flat = (shown: Shown): string => (typeof shown === 'string' ? shown : `[${shown.map(flat).join(', ')}]`);
