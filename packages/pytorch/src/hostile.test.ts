import { readFileSync } from 'node:fs';
import { sizeOf } from '@graft/tensor';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  call,
  checkpointOf,
  dict,
  integer,
  named,
  pickleOf,
  tensor,
  text,
  tuple,
} from '../../../tools/testing/pickle.mjs';
import { zipOf } from '../../../tools/testing/zip.mjs';
import { readCheckpoint } from './index.ts';

type Code = Parameters<typeof pickleOf>[number];
const codes = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const refusal = (bytes: Uint8Array): string => {
  try {
    readCheckpoint(bytes, { name: 'x.pth' });
  } catch (error) {
    return (error as Error).message;
  }
  return 'it was read';
};
const one = (...value: Code[]): Uint8Array =>
  pickleOf(dict([text('w'), Buffer.concat(value.map((part) => Buffer.from(part)))]));
const twice = (times: number): Code[] =>
  // A list that contains the previous one twice.
  Array.from({ length: times }, (_, i) =>
    codes(0x5d, 0x72, i + 1, 0, 0, 0, 0x28, 0x6a, i, 0, 0, 0, 0x6a, i, 0, 0, 0, 0x65),
  );

test.each([
  ['no end', one(tensor()).subarray(0, -1), /ends within a value/],
  ['no value', codes(0x80, 2, 0x2e), /takes a value that it has not made/],
  ['two values', pickleOf(dict(), dict()), /values left over/],
  ['a mark left over', pickleOf([0x28], dict()), /values left over/],
  ['protocol 0', codes(0x80, 0, 0x4e, 0x2e), /uses protocol 0/],
  ['protocol 6', codes(0x80, 6, 0x4e, 0x2e), /uses protocol 6/],
  ['an extension code', pickleOf([0x82, 1]), /opcode 0x82/],
  ['an instance of protocol 0', pickleOf(Buffer.from('(ios\nsystem\n')), /opcode 0x69/],
  ['keyword arguments', pickleOf(named('torch', 'Size'), [0x29, 0x7d, 0x92]), /opcode 0x92/],
  ['os.system', pickleOf(call(named('os', 'system'), text('true'))), /calls os\.system,/],
  ['builtins.eval', pickleOf(call(named('builtins', 'eval'), text('1'))), /calls builtins\.eval,/],
  ['builtins.getattr', pickleOf(call(named('builtins', 'getattr'), text('a'), text('b'))), /calls builtins\.getattr,/],
  ['a name of the language', pickleOf(named('constructor', 'prototype')), /calls constructor\.prototype,/],
  ['__proto__', pickleOf(named('__proto__', '__proto__')), /calls __proto__\.__proto__,/],
  ['torch.hub.load', pickleOf(call(named('torch.hub', 'load'), text('a'))), /calls torch\.hub\.load,/],
  [
    'bytes that are loaded',
    pickleOf(call(named('torch.storage', '_load_from_bytes'), text('a'))),
    /calls torch\.storage\._load_from_bytes,/,
  ],
  ['a name of control characters', pickleOf(named('os\u001b[2J', 'system')), /calls "os\\u001b\[2J\.system",/],
  ['a name of a million letters', pickleOf(named('o'.repeat(1e6), 's')), /a name without an end/],
  ['a name made of values', pickleOf(text('os'), text('system'), [0x93]), /calls os\.system,/],
  ['a name that is a dict', pickleOf(dict(), text('system'), [0x93]), /a name that is not a text/],
  ['a call of a text', pickleOf(text('os.system'), tuple(), [0x52]), /calls a value that cannot be called/],
  ['a call with a dict', pickleOf(named('torch', 'Size'), dict(), [0x52]), /without a tuple of arguments/],
  ['attributes of a tensor', one(tensor(), dict(), [0x62]), /sets attributes of a value that has none/],
  ['items of a text', pickleOf(text('a'), text('b'), [0x61]), /not a list/],
  ['a key without a value', pickleOf([0x7d, 0x28, 0x4e, 0x75]), /a key without a value/],
  ['a value recalled that is not kept', pickleOf([0x68, 7]), /recalls value 7/],
  ['a text of 4 GiB', pickleOf([0x58, 0xff, 0xff, 0xff, 0xff]), /ends within a value/],
  ['a text of 2^63 bytes', pickleOf([0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80]), /a value of 9223372036854775808 bytes/],
  [
    'bytes of 2^64−1',
    pickleOf([0x8e, 255, 255, 255, 255, 255, 255, 255, 255]),
    /a value of 18446744073709551615 bytes/,
  ],
  ['an integer of 2 GiB', pickleOf([0x8b, 255, 255, 255, 127]), /an integer of 2147483647 bytes/],
  ['an integer of −1 bytes', pickleOf([0x8b, 255, 255, 255, 255]), /an integer of -1 bytes/],
  ['a text that is not UTF-8', pickleOf([0x58, 1, 0, 0, 0, 0xff]), /not UTF-8/],
  ['a million marks', pickleOf(new Uint8Array(1e6).fill(0x28)), /more than 1000 deep/],
  ['five million opcodes', pickleOf(new Uint8Array(5e6).fill(0x4e)), /more than 4000000 opcodes/],
  [
    'lists that double a hundred times',
    one([0x5d, 0x72, 0, 0, 0, 0], ...twice(100), new Uint8Array(100).fill(0x30)),
    /no tensors/,
  ],
  [
    'a shape that doubles a hundred times',
    one(
      call(
        named('torch._utils', '_rebuild_tensor'),
        tuple(text('storage'), named('torch', 'FloatStorage'), text('0'), text('cpu'), integer(4)),
        [0x51],
        integer(0),
        Buffer.concat([Buffer.from([0x5d, 0x72, 0, 0, 0, 0]), ...twice(100).map((part) => Buffer.from(part))]),
        tuple(),
      ),
    ),
    /shape or strides are not a tuple/,
  ],
  ['a persistent id that is a text', one(text('0'), [0x51]), /refers to "0" outside of it/],
  ['a module outside', one(tuple(text('module'), text('a')), [0x51]), /refers to "module" outside of it/],
  [
    'a tensor without a storage',
    one(call(named('torch._utils', '_rebuild_tensor'), [0x4e], integer(0), tuple(), tuple())),
    /without a storage/,
  ],
  ['a parameter without a tensor', one(call(named('torch._utils', '_rebuild_parameter'), [0x4e])), /without a tensor/],
  ['a shape beyond the storage', one(tensor({ shape: [5] })), /beyond its 16 bytes/],
  ['an offset beyond the storage', one(tensor({ offset: 1 })), /beyond its 16 bytes/],
  ['strides beyond the storage', one(tensor({ shape: [2, 2], strides: [3, 1] })), /beyond its 16 bytes/],
  ['a negative offset', one(tensor({ offset: -1 })), /not non-negative integers/],
  ['a negative stride', one(tensor({ strides: [-1], offset: 3 })), /not non-negative integers/],
  ['a negative size', one(tensor({ shape: [-4] })), /not non-negative integers/],
  ['fewer strides than dimensions', one(tensor({ shape: [2, 2] })), /2 dimensions, but 1 strides/],
  [
    'a hundred dimensions',
    one(tensor({ shape: new Array<number>(100).fill(1), strides: new Array<number>(100).fill(1) })),
    /100 dimensions/,
  ],
  ['2^40 equal values', one(tensor({ shape: [2 ** 40], strides: [0] })), /4398046511104 bytes of tensors/],
  ['2^60 equal values', one(tensor({ shape: [2 ** 30, 2 ** 30], strides: [0, 0] })), /beyond its 16 bytes/],
  ['a storage of 2^40 values', one(tensor({ length: 2 ** 40 })), /16 bytes in storage "0", but says 4398046511104/],
  ['a storage of −1 values', one(tensor({ length: -1 })), /of length -1/],
  ['a storage that is missing', one(tensor({ key: '7' })), /has no file "x\/data\/7"/],
  ['a storage of another folder', one(tensor({ key: '../version' })), /has no file "x\/data\/\.\.\/version"/],
  [
    'a storage of two types',
    pickleOf(dict([text('a'), tensor()], [text('b'), tensor({ type: 'IntStorage' })])),
    /two lengths or types/,
  ],
  [
    'a boolean of 7',
    one(tensor({ type: 'BoolStorage', length: 16, shape: [1], offset: 0 })),
    /the value 7 in a tensor of booleans/,
  ],
])('%s is rejected', (_, pickle, reason) => {
  const message = refusal(checkpointOf(pickle, { 0: new Uint8Array(16).fill(7) }));
  expect(message).toMatch(reason);
  expect(message).toMatch(/^[^\n]*"x\.pth"[^\n]{5,400}\.$/);
});

test('line breaks in the name of a storage do not reach messages', () => {
  const pickle = one(tensor({ key: '9\n0', shape: [5] }));
  expect(refusal(checkpointOf(pickle, { '9\n0': new Uint8Array(16) }))).toMatch(/^[^\n]*storage "9\\n0"[^\n]*\.$/);
});

test('a compressed pickle, two pickles and another checksum are rejected', () => {
  const file = { name: 'x/data.pkl', content: one(tensor()) };
  expect(refusal(zipOf([{ ...file, deflated: true }]))).toMatch(/compresses "x\/data\.pkl"/);
  expect(refusal(zipOf([file, { ...file, name: 'y/data.pkl' }]))).toMatch(/2 data\.pkl/);
  expect(refusal(zipOf([{ ...file, checksum: 1 }]))).toMatch(/another checksum than its contents/);
});

const golden = JSON.parse(readFileSync(new URL('./read-checkpoint.golden.json', import.meta.url), 'utf8')) as {
  read: Readonly<Record<string, { readonly file: string }>>;
};
/** The pickle of an archive written by PyTorch, whose files are not compressed. */
function pickleIn(archive: Buffer): Uint8Array {
  const at = archive.indexOf('PK\u0003\u0004', 0, 'latin1');
  const start = at + 30 + archive.readUInt16LE(at + 26) + archive.readUInt16LE(at + 28);
  const directory = archive.indexOf('PK\u0001\u0002', 0, 'latin1');
  return archive.subarray(start, start + archive.readUInt32LE(directory + 24));
}

/** Numbers that look random, and are the same in each run. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    yield ((state ^ (state >>> 12)) >>> 0) / 2 ** 32;
  }
}

const code = vi.fn<() => void>();
beforeAll(() => {
  for (const name of ['eval', 'Function', 'fetch'] as const) vi.stubGlobal(name, code);
});
afterAll(() => vi.unstubAllGlobals());

test('5,000 damaged pickles are read or rejected in one sentence, and run nothing', () => {
  const random = randomNumbers(1);
  const pick = (most: number): number => Math.floor(random.next().value * most);
  const archives = Object.values(golden.read).map(({ file }) => Buffer.from(file, 'base64'));
  const legacy = archives.filter((bytes) => bytes[0] === 0x80);
  const pickles = archives.filter((bytes) => bytes[0] === 0x50).map(pickleIn);
  let rejected = 0;
  for (let i = 0; i < 5000; i++) {
    const seeds = i % 4 === 0 ? legacy : pickles;
    const bytes = new Uint8Array(seeds[pick(seeds.length)]!);
    for (let n = pick(4); n >= 0; n--) {
      const at = pick(seeds === legacy ? Math.min(bytes.length, 3000) : bytes.length);
      if (pick(3) === 0) bytes.copyWithin(at, pick(bytes.length), pick(bytes.length));
      else bytes[at] = pick(2) ? pick(256) : [0x28, 0x2e, 0x51, 0x52, 0x62, 0x63, 0x68, 0x81, 0x93, 0xff][pick(10)]!;
    }
    try {
      const { tensors } = readCheckpoint(seeds === legacy ? bytes : checkpointOf(bytes, { 0: new Uint8Array(216) }), {
        name: 'x.pth',
      });
      for (const { shape, data } of tensors.values()) expect(data.length).toBe(sizeOf(shape));
    } catch (error) {
      rejected++;
      expect((error as Error).message).toMatch(/^[^\n]*"x\.pth"[^\n]{5,600}\.$/);
      expect((error as Error).message).not.toMatch(/undefined|NaN|\[object|Cannot|Invalid|outside the bounds/);
    }
  }
  expect(rejected).toBeGreaterThan(1000);
  expect(code).not.toHaveBeenCalled();
}, 60_000);
