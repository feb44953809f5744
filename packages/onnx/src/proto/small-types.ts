import type { DType } from '@graft/tensor';

/** A type of 2, 4 or 8 bits that is not a tensor dtype; its values are stored in the next larger one. */
export interface SmallType {
  readonly name: string;
  readonly bits: 2 | 4 | 8;
  /** The dtype that stores its values. */
  readonly dtype: DType;
  /** The value of each bit pattern. */
  readonly values: readonly number[];
  /** The result of a non-saturating cast beyond the maximum. */
  readonly beyond?: number;
  /** Whether its values are the powers of two alone: no zero, and no negative numbers. */
  readonly isExponent?: boolean;
}

/** Converts sign, exponent and mantissa to a float, with a list of special patterns. */
function floats(
  name: string,
  {
    exponent,
    mantissa,
    bias,
    special = {},
    beyond = Number.NaN,
    bits = 8,
  }: {
    exponent: number;
    mantissa: number;
    bias: number;
    special?: Readonly<Record<number, number>>;
    beyond?: number;
    bits?: 4 | 8;
  },
): SmallType {
  const value = (pattern: number): number => {
    const [power, fraction] = [(pattern >> mantissa) & (2 ** exponent - 1), pattern & (2 ** mantissa - 1)];
    const sign = pattern >> (bits - 1) ? -1 : 1;
    return power
      ? sign * (1 + fraction / 2 ** mantissa) * 2 ** (power - bias)
      : sign * fraction * 2 ** (1 - bias - mantissa);
  };
  return {
    name,
    bits,
    dtype: 'float32',
    beyond,
    values: Array.from({ length: 2 ** bits }, (_, pattern) => special[pattern] ?? value(pattern)),
  };
}

const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
const nibbles = Array.from({ length: 16 }, (_, i) => i);

/** By TensorProto.DataType. Floats: Micikevicius et al. (2022) and Noune et al. (2022); float4e2m1 and float8e8m0: the Open Compute Project's. */
const types: Readonly<Record<number, SmallType>> = {
  17: floats('float8e4m3fn', { exponent: 4, mantissa: 3, bias: 7, special: { 0x7f: none, 0xff: none } }),
  18: floats('float8e4m3fnuz', { exponent: 4, mantissa: 3, bias: 8, special: { 0x80: none } }),
  19: floats('float8e5m2', {
    exponent: 5,
    mantissa: 2,
    bias: 15,
    beyond: infinity,
    special: {
      0x7c: infinity,
      0xfc: -infinity,
      ...Object.fromEntries([0x7d, 0x7e, 0x7f, 0xfd, 0xfe, 0xff].map((pattern) => [pattern, none])),
    },
  }),
  20: floats('float8e5m2fnuz', { exponent: 5, mantissa: 2, bias: 16, special: { 0x80: none } }),
  21: { name: 'uint4', bits: 4, dtype: 'uint8', values: nibbles },
  22: { name: 'int4', bits: 4, dtype: 'int8', values: nibbles.map((i) => (i < 8 ? i : i - 16)) },
  23: floats('float4e2m1', { exponent: 2, mantissa: 1, bias: 1, bits: 4 }),
  24: {
    name: 'float8e8m0',
    bits: 8,
    dtype: 'float32',
    isExponent: true,
    values: Array.from({ length: 256 }, (_, i) => (i === 255 ? none : 2 ** (i - 127))),
  },
  25: { name: 'uint2', bits: 2, dtype: 'uint8', values: [0, 1, 2, 3] },
  26: { name: 'int2', bits: 2, dtype: 'int8', values: [0, 1, -2, -1] },
};

/** The small types of arrays and tensors whose dtype only stores them. */
const stored = new WeakMap<object, SmallType>();
/** Notes that an array or a tensor holds the values of a small type, if it does. Returns the array or tensor. */
export function holding<Values extends object>(values: Values, type: SmallType | undefined): Values {
  if (type) stored.set(values, type);
  return values;
}
/** The small type of the values of an array or a tensor, if they have one. */
export const smallTypeIn = (values: object | undefined): SmallType | undefined => values && stored.get(values);

export const smallTypeOf = (dataType: number): SmallType | undefined => types[dataType];
export const smallTypeNamed = (name: string): SmallType | undefined =>
  Object.values(types).find((type) => type.name === name);

/** Unpacks values to numbers; with several per byte, the lower bits come first. */
export const unpacked = (bytes: Uint8Array, size: number, { bits, values }: SmallType): number[] =>
  Array.from({ length: size }, (_, i) => {
    const place = i * bits;
    return values[(bytes[place >> 3]! >> (place & 7)) & (values.length - 1)]!;
  });

/** How a cast to float8e8m0 rounds: ties of `nearest` go up. */
export type ExponentRounding = 'up' | 'down' | 'nearest';

/** Rounds to a power of two. There is none for negative numbers, and for 0 and numbers out of range only if they are saturated. */
function nearestPower(saturate: boolean, rounding: ExponentRounding): (value: number) => number {
  const [least, most] = [-127, 127];
  return (value) => {
    if (!(value >= 0) || (!saturate && (value === 0 || value === infinity))) return none;
    const below = Math.min(Math.floor(Math.log2(value)), 1023);
    // The logarithm may be off by one next to a power of two.
    const exponent = 2 ** below > value ? below - 1 : 2 ** (below + 1) <= value ? below + 1 : below;
    const share = value / 2 ** exponent; // from 1 to 2
    const up = rounding === 'up' ? share > 1 : rounding === 'nearest' && share >= 1.5;
    const power = exponent + Number(up);
    return !saturate && (power < least || power > most) ? none : 2 ** Math.min(most, Math.max(least, power));
  };
}

/**
 * Rounds to the nearest value of a small float, ties to the even pattern.
 * @param saturate whether values beyond the maximum become the maximum
 * @param rounding of a type that has only powers of two
 */
export function nearestIn(
  { values, beyond = Number.NaN, isExponent }: SmallType,
  saturate: boolean,
  rounding: ExponentRounding = 'up',
): (value: number) => number {
  if (isExponent) return nearestPower(saturate, rounding);
  // Unsigned patterns are in the order of their values.
  const rising = values.slice(0, values.length / 2).filter(Number.isFinite);
  const missing = values.some(Number.isNaN) ? none : -0; // ONNX's own data for float4e2m1, which has no NaN
  const [before, most] = rising.slice(-2) as [number, number];
  const edge = most + (most - before) / 2; // up to half a step beyond the maximum rounds to it
  return (value) => {
    const size = Math.abs(value);
    if (Number.isNaN(size)) return missing;
    const above = rising.findIndex((one) => one >= size);
    if (above < 0)
      return Math.sign(value) * (saturate || size < edge || (size === edge && rising.length % 2 === 1) ? most : beyond);
    if (above === 0) return 0;
    const [low, high] = [rising[above - 1]!, rising[above]!];
    return (
      Math.sign(value) * (size - low < high - size || (size - low === high - size && above % 2 === 1) ? low : high)
    );
  };
}
