import {
  add,
  arrayOf,
  bytesOf,
  cast,
  isFloat,
  js,
  stopGradient,
  sub,
  type Tensor,
  tensor,
  toArray,
  type TypedArray,
} from '@graft/tensor';
import { kindOf, shared, textsIn, textsOf } from '../collections.ts';
import { arrayOnHost, numbersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';
import { dataTypeName, dtypeOf } from '../proto/data-types.ts';
import {
  type ExponentRounding,
  holding,
  nearestIn,
  type SmallType,
  smallTypeIn,
  smallTypeNamed,
} from '../proto/small-types.ts';

const oldNames: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' };

function castTo(x: Tensor, name: string, attributes?: OperatorNode['attributes']): Tensor {
  const small = smallTypeNamed(name);
  if (small) return castToSmall(x, small, (attributes?.int('saturate', 1) ?? 1) === 1, roundingOf(attributes));
  if (name === 'string') return kindOf(x) === 'texts' ? x : textsOf(numbersOf(x, 'input').map(written), x.shape);
  const dtype = dtypeNamed(name);
  if (!dtype) throw new Error(`there is no data type "${name}" to cast to.`);
  return kindOf(x) === 'texts'
    ? tensor(textsIn(x).map(numberIn), { shape: x.shape, dtype, backend: js })
    : smallTypeIn(x) && x.dtype === dtype
      ? shared(x) // the same numbers, no longer of the small type
      : cast(x, dtype);
}

function roundingOf(attributes: OperatorNode['attributes'] | undefined): ExponentRounding {
  const name = attributes?.string('round_mode', 'up') ?? 'up';
  if (name !== 'up' && name !== 'down' && name !== 'nearest')
    throw new Error(`its round_mode "${name}" must be up, down or nearest.`);
  return name;
}

/** Rounds values to a type of 2, 4 or 8 bits, stored in the dtype that holds it. Gradients pass as in any cast between floats. */
export function castToSmall(x: Tensor, type: SmallType, saturate: boolean, rounding?: ExponentRounding): Tensor {
  return holding(roundedTo(x, type, saturate, rounding), type);
}

function roundedTo(x: Tensor, type: SmallType, saturate: boolean, rounding: ExponentRounding = 'up'): Tensor {
  const values = numbersOf(x, `input, of which the nearest values of ${type.name} are taken,`);
  if (!isFloat(type.dtype))
    return tensor(
      values.map((value) => type.values[Math.trunc(value) & (type.values.length - 1)]!),
      { shape: x.shape, dtype: type.dtype },
    );
  const floats = cast(x, type.dtype); // which holds the values of the small type
  const nearest = numbersOf(floats, 'input').map(nearestIn(type, saturate, rounding));
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

/** The same bits as another dtype of as many bytes. */
function bitCast(x: Tensor, name: string): Tensor {
  const dtype = dtypeNamed(name);
  if (!dtype || smallTypeIn(x) || kindOf(x) !== 'tensor')
    throw new Error(
      `it reinterprets the bits of numbers of 8 to 64 bits, got ${smallTypeIn(x)?.name ?? (kindOf(x) === 'tensor' ? x.dtype : kindOf(x))} as ${name}.`,
    );
  if (bytesOf(dtype) !== bytesOf(x.dtype))
    throw new Error(`it cannot reinterpret ${x.dtype} as ${dtype}, which has another number of bits.`);
  const own = arrayOnHost(x, 'input').slice();
  const bits = dtype === 'bool' ? Uint8Array.from(own as Uint8Array, (byte) => Number(byte !== 0)) : own;
  const Class = arrayOf(dtype) as unknown as new (buffer: ArrayBufferLike) => TypedArray;
  return tensor(new Class(bits.buffer), { shape: x.shape, dtype, backend: isFloat(dtype) ? x.backend : js });
}

export const castOperators: readonly OnnxOperator[] = [
  // Version 1 gave the dtype as a string; otherwise such files are the same.
  operator('Cast', 1, ([x], { attributes }) => castTo(x!, attributes.string('to').toLowerCase())),
  operator('Cast', 6, ([x], { attributes }) => castTo(x!, dataTypeName(attributes.int('to')), attributes)),
  operator('BitCast', 26, ([x], { attributes }) => bitCast(x!, dataTypeName(attributes.int('to')))),
  operator(
    'CastLike',
    15,
    ([x, like], { attributes }) =>
      castTo(x!, kindOf(like!) === 'texts' ? 'string' : (smallTypeIn(like)?.name ?? like!.dtype), attributes),
    { inputs: 2, steering: [1] },
  ),
];
