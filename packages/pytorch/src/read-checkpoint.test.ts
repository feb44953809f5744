import { existsSync, readFileSync, rmSync } from 'node:fs';
import { type HostArray, tensor as tensorOf } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { checkpointOf, dict, pickleOf, tensor, text } from '../../../tools/testing/pickle.mjs';
import { zipOf } from '../../../tools/testing/zip.mjs';
import { readCheckpoint } from './index.ts';

interface Written {
  readonly file: string;
  readonly tensors: Readonly<Record<string, { dtype: string; shape: number[]; values: string[] }>>;
}
/** Written by tools/golden/read_checkpoint.py with PyTorch 2.13. */
const golden = JSON.parse(readFileSync(new URL('./read-checkpoint.golden.json', import.meta.url), 'utf8')) as {
  read: Readonly<Record<string, Written>>;
  refused: Readonly<Record<string, string>>;
};
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const numbersOf = ({ data, shape, dtype }: HostArray): number[] =>
  typeof data[0] === 'bigint' ? [...data].map(Number) : tensorOf(data, { shape, dtype }).numbers();
const valueOf = (shown: string): number => (shown === 'True' ? 1 : shown === 'False' ? 0 : Number(shown));
const refusal = (bytes: Uint8Array): string => {
  try {
    readCheckpoint(bytes, { name: 'x.pth' });
  } catch (error) {
    return (error as Error).message;
  }
  return 'it was read';
};

test.each(Object.entries(golden.read))(
  '%s: names, types, shapes and values are those of PyTorch',
  (_, { file, tensors }) => {
    const read = readCheckpoint(bytesOf(file), { name: 'x.pth' }).tensors;
    expect([...read.keys()]).toEqual(Object.keys(tensors));
    for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
      const own = read.get(name)!;
      expect([name, own.dtype, own.shape]).toEqual([name, dtype, shape]);
      expect(numbersOf(own)).toEqual(values.map(valueOf));
    }
  },
);

test.each([
  [
    'module',
    /^"x\.pth" holds a whole module with its code \(__main__\.Small\).*load\("x\.pth", weights_only=False\)\.state_dict/,
  ],
  ['layer', /^"x\.pth" holds a whole module with its code \(torch\.nn\.modules\.linear\.Linear\)/],
  ['script', /^"x\.pth" is a TorchScript program\. .*torch\.jit\.load\("x\.pth"\)\.state_dict/],
  ['runs', /^"x\.pth" calls posix\.system, which reading weights does not need, so it is not read\./],
  ['runs before 1.6', /^"x\.pth" calls posix\.system/],
  ['complex', /^"x\.pth" has complex numbers \(torch\.ComplexFloatStorage\)/],
  ['sparse', /^"x\.pth" has sparse tensors/],
  ['quantized', /^"x\.pth" has quantized tensors/],
  ['float8', /^"x\.pth" has 8-bit or 4-bit floats \(torch\.float8_e4m3fn\)/],
  ['conjugated', /^"x\.pth" has complex numbers/],
  ['tensor', /^"x\.pth" holds one tensor without a name/],
  ['list', /^"x\.pth" does not hold a dict of weights/],
  ['numbers', /^"x\.pth" has no tensors, only: epoch, loss\./],
  ['array', /^"x\.pth" calls numpy\._core\.multiarray\._reconstruct/],
])('%s is rejected with a reason and a way out', (name, reason) => {
  rmSync('/tmp/hacked', { force: true });
  expect(refusal(bytesOf(golden.refused[name]!))).toMatch(reason);
  expect(existsSync('/tmp/hacked')).toBe(false);
});

test('arguments of a training script next to the weights are left out', () => {
  const { tensors, notes } = readCheckpoint(bytesOf(golden.refused['namespace']!), { name: 'x.pth' });
  expect(tensors.size).toBeGreaterThan(0);
  expect(notes.join(' ')).toContain('"state_dict"');
});

describe('which weights are read', () => {
  const weights = (key: string): ReturnType<typeof dict> => dict([text('w'), tensor({ key })]);
  const storages = {
    0: new Uint8Array(Float32Array.of(0, 0, 0, 0).buffer),
    1: new Uint8Array(Float32Array.of(1, 1, 1, 1).buffer),
  };
  const read = (...pairs: Parameters<typeof dict>): ReturnType<typeof readCheckpoint> =>
    readCheckpoint(checkpointOf(pickleOf(dict(...pairs)), storages), { name: 'x.pth' });
  const number = ({ tensors }: ReturnType<typeof readCheckpoint>): number => numbersOf(tensors.get('w')!)[0]!;

  test('a plain dict needs no note', () => expect(read([text('w'), tensor()]).notes).toEqual([]));
  test('averaged weights come first, and the choice is said', () => {
    const found = read([text('state_dict'), weights('0')], [text('state_dict_ema'), weights('1')]);
    expect(number(found)).toBe(1);
    expect(found.notes).toEqual(['"x.pth": the weights are those of "state_dict_ema", not of "state_dict".']);
  });
  test('another key', () => {
    const file = checkpointOf(pickleOf(dict([text('model'), weights('1')], [text('best'), weights('0')])), storages);
    expect(number(readCheckpoint(file, { name: 'x.pth' }))).toBe(1);
    expect(number(readCheckpoint(file, { name: 'x.pth', key: 'best' }))).toBe(0);
    expect(() => readCheckpoint(file, { name: 'x.pth', key: 'beat' })).toThrow(
      '"x.pth" has no weights "beat". Did you mean "best"? It has: model, best.',
    );
  });
  test('what is not a tensor is left out and said', () =>
    expect(read([text('w'), tensor()], [text('epoch'), [0x4b, 3]]).notes).toEqual([
      '"x.pth": left out what is not a tensor: epoch.',
    ]));
});

test('files that are something else', () => {
  expect(refusal(new Uint8Array())).toMatch(/^"x\.pth" is not a PyTorch checkpoint/);
  expect(refusal(new TextEncoder().encode('hello, world'))).toMatch(/^"x\.pth" is not a PyTorch checkpoint/);
  expect(refusal(pickleOf(dict()))).toMatch(/^"x\.pth" is a pickle, but was not written by torch\.save/);
  expect(refusal(zipOf([{ name: 'a.txt', content: 'a' }]))).toMatch(/^"x\.pth" is a zip archive with no data\.pkl/);
  const tar = new Uint8Array(1024);
  tar.set(new TextEncoder().encode('ustar'), 257);
  expect(refusal(tar)).toMatch(/^"x\.pth" was written by PyTorch 0\.3/);
  const big = checkpointOf(pickleOf(dict([text('w'), tensor()])));
  expect(readCheckpoint(big).tensors.size).toBe(1);
  const order = zipOf([
    { name: 'x/data.pkl', content: pickleOf(dict([text('w'), tensor()])) },
    { name: 'x/byteorder', content: 'big' },
  ]);
  expect(refusal(order)).toMatch(/^"x\.pth" has the byte order "big"/);
});
