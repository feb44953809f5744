import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import onnxProto from 'onnx-proto'; // CommonJS: only the default import works under Node's ESM
import { expect, test } from 'vitest';
import { smallNetwork } from '../testing/index.ts';
import { AttributeProto, FunctionProto, ModelProto, TensorProto, TypeProto } from './schema.ts';
import { messageField } from './wire.ts';

/** onnx-proto's messages (IR 8), generated from onnx.proto. */
const reference = onnxProto.onnx as unknown as Record<
  string,
  { decode(bytes: Uint8Array): object; encode(value: object): { finish(): Uint8Array } }
>;
/** A decoded message without defaults and classes, with exact integers. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? value : value;
  if ('low' in value && 'high' in value) {
    const { low, high } = value as { low: number; high: number };
    return (BigInt(high) << 32n) | BigInt(low >>> 0);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => !(Array.isArray(one) && one.length === 0)) // protobufjs starts lists it does not fill
      .map(([name, one]) => [name, plain(one)]),
  );
}
/** Integers as BigInts where a table says int64; both decoders have numbers otherwise. */
const exact = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(plain(value), (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)));

const networks = ['clip', 'mobilenet', 'sentence-bert', 'whisper', 'yolo'];
test.each(networks)('%s is decoded and encoded as by onnx-proto', (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(`../../test/networks/${name}.onnx`, import.meta.url)));
  const [ours, theirs] = [ModelProto.decode(bytes), reference['ModelProto']!.decode(bytes)];
  expect(exact(ours)).toEqual(exact(theirs));
  expect(Buffer.from(ModelProto.encode(ours)).equals(reference['ModelProto']!.encode(theirs).finish())).toBe(true);
});

const integer = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(arbitrary, { minLength: 1, maxLength: 5 });
const text = fc.string({ unit: 'grapheme' });
const bytes = fc.uint8Array({ maxLength: 9 });
const tensor = fc.record(
  {
    dims: some(integer),
    dataType: fc.integer({ min: 0, max: 30 }),
    floatData: some(fc.float({ noNaN: true })),
    int32Data: some(fc.integer()),
    stringData: some(bytes),
    int64Data: some(integer),
    name: text,
    rawData: bytes,
    doubleData: some(fc.double({ noNaN: true })),
    uint64Data: some(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    segment: fc.record({ begin: integer, end: integer }, { requiredKeys: [] }),
    externalData: some(fc.record({ key: text, value: text })),
  },
  { requiredKeys: [] },
);
const attribute = fc.record(
  {
    name: text,
    f: fc.float({ noNaN: true }),
    i: integer,
    s: bytes,
    t: tensor,
    floats: some(fc.float({ noNaN: true })),
    ints: some(integer),
    strings: some(bytes),
    tensors: some(tensor),
    type: fc.integer({ min: 0, max: 14 }),
    refAttrName: text,
    g: fc.record({ name: text, initializer: some(tensor) }),
  },
  { requiredKeys: [] },
);
/** The same message for onnx-proto, which takes halves for BigInts. */
const halves = (value: unknown): unknown =>
  typeof value === 'bigint'
    ? { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false }
    : value instanceof Uint8Array
      ? value
      : Array.isArray(value)
        ? value.map(halves)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, halves(one)]))
          : value;
const types = { TensorProto, AttributeProto };
test.each([
  ['TensorProto', tensor],
  ['AttributeProto', attribute],
] as const)('any %s is encoded as by onnx-proto, and decoded to itself', (name, arbitrary) => {
  fc.assert(
    fc.property(arbitrary as fc.Arbitrary<object>, (value) => {
      const encoded = types[name].encode(value);
      expect([...encoded]).toEqual([...reference[name]!.encode(halves(value) as object).finish()]);
      expect([...types[name].encode(types[name].decode(encoded) as never)]).toEqual([...encoded]);
    }),
    { seed: 7, numRuns: 300 },
  );
});
test('integers of 64 bits are exact', () => {
  const ints = [0, 1, -1, 127, 128, 2 ** 49 - 1, 2 ** 49, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  expect(AttributeProto.decode(AttributeProto.encode({ ints })).ints!.map(BigInt)).toEqual(ints.map(BigInt));
  const uint64Data = [2n ** 64n - 1n, 2n ** 63n];
  expect(TensorProto.decode(TensorProto.encode({ uint64Data })).uint64Data).toEqual(uint64Data);
});
test('fields since IR 9 are read, and unknown ones skipped', () => {
  const value = {
    attributeProto: [{ name: 'alpha', f: 0.5, type: 1 }],
    overload: 'b',
    metadataProps: [{ key: 'k', value: 'v' }],
    valueInfo: [{ name: 'x' }],
  };
  expect(FunctionProto.decode(FunctionProto.encode(value))).toEqual(value);
  const unknown = [0xfa, 0x3f, 2, 1, 2]; // field 1023, two bytes
  expect(TypeProto.decode(Uint8Array.from([...unknown, ...TypeProto.encode({ denotation: 'a' }), ...unknown]))).toEqual(
    {
      denotation: 'a',
    },
  );
});
test('damaged messages are refused', () => {
  const whole = smallNetwork({ side: 16 });
  // Cut anywhere, a message ends early; a shorter one may be valid between two fields.
  let valid = 0;
  for (let end = 1; end < 600; end++) {
    try {
      ModelProto.decode(whole.subarray(0, end));
      valid++;
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(120);
    }
  }
  expect(valid).toBeLessThan(20);
  expect(() => AttributeProto.decode(Uint8Array.of(0x18, ...new Array<number>(10).fill(0xff)))).toThrow('64 bits');
  expect(() => TypeProto.decode(Uint8Array.of(0x30, 1))).toThrow('the field "denotation" is of another type');
  // A sequence of sequences …: field 4 of a type holds field 1, a type.
  let nested: Uint8Array = TypeProto.encode({ denotation: 'a' });
  for (let depth = 0; depth < 1000; depth++) nested = messageField(4, messageField(1, nested));
  expect(() => TypeProto.decode(nested)).toThrow('has messages nested more than 400 deep');
});

test('what decoders read differently is refused: a field given twice, and field number 0', () => {
  const network = smallNetwork();
  const twice = Buffer.concat([network, messageField(7, new Uint8Array())]);
  expect(() => ModelProto.decode(twice)).toThrow('the field "graph" is given twice');
  expect(() => ModelProto.decode(Uint8Array.of(8, 8, 8, 8))).toThrow('the field "irVersion" is given twice');
  expect(() => ModelProto.decode(Buffer.concat([network, Uint8Array.of(0, 0)]))).toThrow('a field of number 0');
});
