import { tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { castWeights, decodeSafetensors, encodeSafetensors, Linear, loadWeights, weightsOf } from './index.ts';

const weights = await weightsOf(new Linear({ in: 3, out: 2 }).initialize(1));
const encode = (): Uint8Array => encodeSafetensors(weights, { step: '7' });

test('round trip', () => {
  const model = new Linear({ in: 3, out: 2 });
  const { tensors, metadata } = decodeSafetensors(encode());
  loadWeights(model, tensors);
  expect(metadata).toEqual({ step: '7' });
  expect(model.weight.value.numbers()).toEqual(new Linear({ in: 3, out: 2 }).initialize(1).weight.value.numbers());
});
test.each([
  ['float16', 2 ** -11],
  ['bfloat16', 2 ** -8],
] as const)('as %s a file is half as large, and weights are what the dtype has room for', async (dtype, precision) => {
  const model = new Linear({ in: 300, out: 20 }).initialize(1);
  const whole = encodeSafetensors(await weightsOf(model));
  const bytes = encodeSafetensors(castWeights(await weightsOf(model), dtype));
  expect(bytes.length / whole.length).toBeCloseTo(0.5, 2);
  const loaded = new Linear({ in: 300, out: 20 });
  loadWeights(loaded, castWeights(decodeSafetensors(bytes).tensors, 'float32'));
  const [before, after] = [model, loaded].map(({ weight }) => weight.value.numbers()) as [number[], number[]];
  expect(loaded.weight.value.dtype).toBe('float32');
  expect(
    Math.max(...after.map((value, i) => Math.abs(value - before[i]!) / Math.max(Math.abs(before[i]!), 2 ** -14))),
  ).toBeLessThanOrEqual(precision);
  expect(after).not.toEqual(before);
});
test.each([
  // The largest and smallest numbers, halfway cases that go to the even neighbour, what underflows and overflows; bits by numpy 1 and torch 1.13, but for a NaN, whose bits are free.
  [
    'float16',
    [
      65504,
      65519.99,
      65520,
      2 ** -24,
      2 ** -25,
      1.5 * 2 ** -24,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      -0,
      Infinity,
      -Infinity,
      NaN,
    ],
    [0x7bff, 0x7bff, 0x7c00, 1, 0, 2, 0x3c00, 0x3c02, 0x8000, 0x7c00, 0xfc00, 0x7e00],
  ],
  [
    'bfloat16',
    [1 + 2 ** -8, 1 + 3 * 2 ** -8, 2 ** -133, 2 ** -134, 3.4e38, -0, Infinity, -Infinity, NaN],
    [0x3f80, 0x3f82, 1, 0, 0x7f80, 0x8000, 0x7f80, 0xff80, 0x7fc0],
  ],
] as const)(
  '%s rounds to even, keeps subnormals, infinities and NaN, and loads into float32 parameters',
  (dtype, numbers, bits) => {
    const values = { shape: [1, numbers.length], dtype: 'float32' as const, data: Float32Array.from(numbers) };
    const { tensors } = decodeSafetensors(encodeSafetensors(castWeights(new Map([['weight', values]]), dtype)));
    const stored = tensors.get('weight')!;
    const raw = new Uint16Array(stored.data.buffer, stored.data.byteOffset, numbers.length);
    expect(Array.from(raw, (bit) => bit.toString(16))).toEqual(bits.map((bit) => bit.toString(16)));
    const model = new Linear({ in: numbers.length, out: 1, bias: false });
    loadWeights(model, tensors);
    expect(model.weight.value.dtype).toBe('float32');
    const exact =
      dtype === 'float16' ? float16 : (half: number): number => new Float32Array(Uint32Array.of(half << 16).buffer)[0]!;
    expect(model.weight.value.numbers()).toEqual(bits.map(exact));
  },
);
/** IEEE 754 half precision, by its definition. */
const float16 = (bits: number): number => {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return (
    sign *
    (exponent === 31
      ? fraction
        ? Number.NaN
        : Infinity
      : exponent
        ? 2 ** (exponent - 15) * (1 + fraction / 1024)
        : 2 ** -24 * fraction)
  );
};
test('integers are unchanged', () => {
  const steps = { shape: [1], dtype: 'int64' as const, data: BigInt64Array.of(7n) };
  expect(castWeights(new Map([['steps', steps]]), 'float16').get('steps')).toEqual(steps);
});
test('truncations and bit flips are rejected or read, but never crash', () => {
  const good = encode();
  for (let length = 0; length < good.length; length++)
    expect(() => decodeSafetensors(good.subarray(0, length), 'w.safetensors')).toThrow('w.safetensors');
  for (let bit = 0; bit < 800; bit++) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    try {
      decodeSafetensors(bad, 'w.safetensors');
    } catch (error) {
      expect((error as Error).message).toContain('Not a valid safetensors file: w.safetensors');
    }
  }
});
test('weights of another model are rejected without changing anything', () => {
  const model = new Linear({ in: 4, out: 2 });
  const before = model.bias!.value.numbers();
  expect(() => loadWeights(model, decodeSafetensors(encode()).tensors)).toThrow(
    'Parameter "weight" is [2, 4], but the weights hold [2, 3]',
  );
  expect(() =>
    loadWeights(model, new Map([['wieght', { shape: [1], dtype: 'float32', data: tensor([1]).arraySync() }]])),
  ).toThrow('Did you mean "weight"?');
  expect(model.bias!.value.numbers()).toEqual(before);
});

describe('as strict as the reference implementation', () => {
  /** A file of a header and data. */
  const fileOf = (header: unknown, data: Uint8Array = new Uint8Array(16)): Uint8Array => {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + data.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    bytes.set(data, 8 + text.length);
    return bytes;
  };
  const at = (begin: number, end: number, dtype = 'F32'): unknown => ({
    dtype,
    shape: [(end - begin) / (dtype === 'F32' ? 4 : 1)],
    data_offsets: [begin, end],
  });
  test.each<[string, unknown, RegExp, Uint8Array?]>([
    ['overlaps', { a: at(0, 16), b: at(0, 16) }, /tensor "b" at byte 0 of its data, where byte 16 is next/],
    ['holes', { a: at(0, 8), b: at(12, 16) }, /tensor "b" at byte 12 of its data, where byte 8 is next/],
    ['bytes behind the tensors', { a: at(0, 8) }, /16 bytes of data, but its tensors have 8/],
    ['a name twice', `{"a":${JSON.stringify(at(0, 16))},"a":${JSON.stringify(at(8, 16))}}`, /a name occurs twice/],
    [
      'metadata twice',
      `{"a":${JSON.stringify(at(0, 16))},"__metadata__":{"k":"x","\\u006b":"y"}}`,
      /a name occurs twice/,
    ],
    ['booleans of 7', { a: at(0, 4, 'BOOL') }, /the value 7 in tensor "a" of booleans/, Uint8Array.of(1, 0, 7, 1)],
    ['metadata in a list', { __metadata__: ['x'], a: at(0, 16) }, /metadata that are not an object/],
    ['metadata of numbers', { __metadata__: { k: 1 }, a: at(0, 16) }, /metadata "k" that are not a text/],
    ['spaces before the header', ` ${JSON.stringify({ a: at(0, 16) })}`, /does not begin with {/],
    ['offsets as floats', '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,1.6e1]}}', /the number 1.6e1/],
    ['a shape of 2 ** 53 elements', { a: { dtype: 'F32', shape: [2 ** 26, 2 ** 27], data_offsets: [0, 16] } }, /shape/],
    ['a dtype of a million letters', { a: at(0, 16, 'F'.repeat(1e6)) }, /dtype "F{99}…\. Use an undamaged copy\.$/],
  ])('%s', (_, header, message, data) => {
    expect(() => decodeSafetensors(fileOf(header, data), 'w.safetensors')).toThrow(message);
  });
  test('tensors in any order, empty ones, and no metadata', () => {
    const { tensors, metadata } = decodeSafetensors(
      fileOf({ __metadata__: null, b: at(8, 16), none: at(8, 8), a: at(0, 8) }),
    );
    expect([...tensors.keys()]).toEqual(['b', 'none', 'a']);
    expect(metadata).toEqual({});
  });
  test('any name, in a round trip', () => {
    const one = { dtype: 'float32' as const, shape: [1], data: Float32Array.of(3) };
    const names = ['__proto__', 'constructor', 'a "quoted": \\ name', ':', '1'];
    const { tensors, metadata } = decodeSafetensors(
      encodeSafetensors(new Map(names.map((name) => [name, one])), JSON.parse('{"__proto__":"x"}') as {}),
    );
    expect(new Set(tensors.keys())).toEqual(new Set(names));
    expect(tensors.get('__proto__')).toEqual(one);
    expect(Object.entries(metadata)).toEqual([['__proto__', 'x']]);
    expect(() => encodeSafetensors(new Map([['__metadata__', one]]))).toThrow('Rename it');
  });
  test('2,000 tensors that are the same megabyte are never copied', () => {
    const header = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`t${i}`, at(0, 2 ** 20)]));
    const before = process.memoryUsage().arrayBuffers;
    const file = fileOf(header, new Uint8Array(2 ** 20));
    expect(() => decodeSafetensors(file)).toThrow('where byte 1048576 is next');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 27);
  });
  test('a tensor of 100,000 dimensions', () => {
    const header = { a: { dtype: 'F32', shape: Array<number>(100_000).fill(1), data_offsets: [0, 4] } };
    expect(() => decodeSafetensors(fileOf(header, new Uint8Array(4)))).toThrow(
      'gives tensor "a" 100000 dimensions, but at most 64 are supported.',
    );
  });
  test('a text of 20 million characters in the header', () => {
    const { metadata } = decodeSafetensors(fileOf({ __metadata__: { k: '\\"'.repeat(1e7) }, a: at(0, 16) }));
    expect(metadata['k']).toHaveLength(2e7);
  });
});
test('integers are not loaded into parameters of floats', async () => {
  const model = new Linear({ in: 2, out: 1 }).initialize(1);
  const integers = { shape: [1, 2], dtype: 'int32', data: Int32Array.of(1, 2) } as const;
  const weights = new Map([...(await weightsOf(model)), ['weight', integers]] as const);
  expect(() => loadWeights(model, weights)).toThrow(
    'Parameter "weight" holds float32 values, but the weights hold int32 values. The weights belong to another model.',
  );
});
