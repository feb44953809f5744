import { expect, test } from 'vitest';
import { externalData } from './external-data.ts';

const entries = (offset: number, length: number): { key: string; value: string }[] => [
  { key: 'location', value: 'weights.bin' },
  { key: 'offset', value: String(offset) },
  { key: 'length', value: String(length) },
];
/** A file that counts what is read of it. */
function counted(bytes: number): { open: () => { bytes: number; read: typeof read }; total: () => number } {
  let total = 0;
  const read = (_: number, length: number): Uint8Array => {
    total += length;
    return new Uint8Array();
  };
  return { open: () => ({ bytes, read }), total: () => total };
}

test('a file of a gigabyte that 60 tensors need whole is read twice at most', () => {
  const file = counted(2 ** 30);
  const data = externalData({ open: file.open });
  const read = (): void => {
    for (let i = 0; i < 60; i++) data.read(entries(i, 2 ** 30 - i), `Tensor "w${i}"`);
  };
  expect(read).toThrow(
    /^Tensor "w2" and other tensors need \d+ bytes of "weights.bin", which has 1073741824: their values overlap\. /,
  );
  expect(file.total()).toBeLessThanOrEqual(2 ** 31);
});
test('tensors that share values, and a tensor that is read again', () => {
  const file = counted(1000);
  const data = externalData({ open: file.open });
  for (let i = 0; i < 10; i++) data.read(entries(0, 1000), 'Tensor "a"');
  data.read(entries(0, 1000), 'Tensor "b"');
  expect(file.total()).toBe(11_000);
});
test('values that overlap too much are refused before any are read', () => {
  const file = counted(2 ** 30);
  const data = externalData({ open: file.open });
  expect(() => {
    for (let i = 0; i < 60; i++) data.reserve(entries(0, 2 ** 30), `Tensor "w${i}"`);
  }).toThrow('their values overlap');
  expect(file.total()).toBe(0);
  externalData(undefined).reserve(entries(0, 1), 'Tensor "w"'); // a missing file is reported when it is read
});
test('values that were reserved are counted once when they are read', () => {
  const file = counted(8);
  const data = externalData({ open: file.open });
  for (const place of ['Tensor "a"', 'Tensor "b"'])
    for (const use of [data.reserve, data.read, data.read]) use(entries(0, 8), place);
  expect(file.total()).toBe(32);
});
