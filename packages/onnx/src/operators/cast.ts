import { add, cast, isFloat, js, stopGradient, sub, type Tensor, tensor, toArray } from '@graft/tensor';
import { kindOf, textsIn, textsOf } from '../collections.ts';
import { numbersOf, type OnnxOperator, operator } from '../operator.ts';
import { dataTypeName, dtypeOf } from '../proto/data-types.ts';
import { nearestIn, type SmallType, smallTypeIn, smallTypeNamed } from '../proto/small-types.ts';

const oldNames: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

function castTo(x: Tensor, name: string, saturate = true): Tensor {
  const small = smallTypeNamed(name);
  if (small) return castToSmall(x, small, saturate);
  if (name === 'string') return kindOf(x) === 'texts' ? x : textsOf(numbersOf(x, 'input').map(written), x.shape);
  const dtype = dtypeNamed(name);
  if (!dtype) throw new Error(`there is no data type "${name}" to cast to.`);
  return kindOf(x) === 'texts'
    ? tensor(textsIn(x).map(numberIn), { shape: x.shape, dtype, backend: js })
    : cast(x, dtype);
}

/** Rounds values to a 4- or 8-bit type, stored in the dtype that holds it. Gradients pass as in any cast between floats. */
export function castToSmall(x: Tensor, type: SmallType, saturate: boolean): Tensor {
  const values = numbersOf(x, `input, of which the nearest values of ${type.name} are taken,`);
  if (!isFloat(type.dtype))
    return tensor(
      values.map((value) => type.values[Math.trunc(value) & 15]!),
      { shape: x.shape, dtype: type.dtype },
    );
  const floats = cast(x, type.dtype); // which holds the values of the small type
  const nearest = numbersOf(floats, 'input').map(nearestIn(type, saturate));
  const rounded = tensor(toArray(nearest, floats.dtype), {
    shape: x.shape,
    dtype: floats.dtype,
    backend: floats.backend,
  });
  // NaN stays NaN, because a difference with it is NaN.
  return values.every(Number.isFinite) && nearest.every(Number.isFinite)
    ? add(floats, stopGradient(sub(rounded, floats)))
    : rounded;
}

const dtypeNamed = (name: string): Tensor['dtype'] | undefined =>
  Array.from({ length: 32 }, (_, i) => dtypeOf(i)).find((one) => one === (oldNames[name] ?? name));

/** Parses a number as Python does. */
const numberIn = (text: string): number => Number(text.trim().replace(/^([+-]?)inf(inity)?$/i, '$1Infinity'));

/** Formats a float32 as NumPy does. */
function written(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF';
  // The fewest digits that identify this float32.
  for (let digits = 1; digits < 9; digits++)
    if (Math.fround(Number(value.toPrecision(digits))) === value) return String(Number(value.toPrecision(digits)));
  return String(value);
}

export const castOperators: readonly OnnxOperator[] = [
  // Version 1 gave the dtype as a string; otherwise such files are the same.
  operator('Cast', 1, ([x], { attributes }) => castTo(x!, attributes.string('to').toLowerCase())),
  operator('Cast', 6, ([x], { attributes }) =>
    castTo(x!, dataTypeName(attributes.int('to')), attributes.int('saturate', 1) === 1),
  ),
  operator(
    'CastLike',
    15,
    ([x, like], { attributes }) =>
      castTo(
        x!,
        kindOf(like!) === 'texts' ? 'string' : (smallTypeIn(like)?.name ?? like!.dtype),
        attributes.int('saturate', 1) === 1,
      ),
    { inputs: 2, steering: [1] },
  ),
];
