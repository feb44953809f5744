import { cast, js, type Tensor, tensor } from '@graft/tensor';
import { kindOf, textsIn, textsOf } from '../collections.ts';
import { type OnnxOperator, operator } from '../operator.ts';
import { dataTypeName, dtypeOf } from '../proto/data-types.ts';

const oldNames: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

function castTo(x: Tensor, name: string): Tensor {
  if (name === 'string') return kindOf(x) === 'texts' ? x : textsOf(x.numbers().map(written), x.shape);
  const dtype = dtypeNamed(name);
  if (!dtype) throw new Error(`there is no data type "${name}" to cast to.`);
  return kindOf(x) === 'texts' ? tensor(textsIn(x).map(numberIn), { shape: x.shape, dtype, backend: js }) : cast(x, dtype);
}

const dtypeNamed = (name: string): Tensor['dtype'] | undefined => Array.from({ length: 32 }, (_, i) => dtypeOf(i)).find((one) => one === (oldNames[name] ?? name));

/** As Python reads a number. */
const numberIn = (text: string): number => Number(text.trim().replace(/^([+-]?)inf(inity)?$/i, '$1Infinity'));

/** As NumPy writes a float32. */
function written(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF';
  // The fewest digits that name this float32 and no other.
  for (let digits = 1; digits < 9; digits++) if (Math.fround(Number(value.toPrecision(digits))) === value) return String(Number(value.toPrecision(digits)));
  return String(value);
}

export const castOperators: readonly OnnxOperator[] = [
  // Version 1 named the dtype by a text; files that old are written otherwise in no way.
  operator('Cast', 1, ([x], { attributes }) => castTo(x!, attributes.string('to').toLowerCase())),
  operator('Cast', 6, ([x], { attributes }) => castTo(x!, dataTypeName(attributes.int('to')))),
  operator('CastLike', 15, ([x, like]) => castTo(x!, kindOf(like!) === 'texts' ? 'string' : like!.dtype), { inputs: 2 }),
];
