import { expect, test } from 'vitest';
import { checkThrift } from './check-thrift.ts';

const check = (...bytes: number[]): number => checkThrift(Uint8Array.from(bytes));
const [stop, boolean, int, text, list, structure] = [0, 0x11, 0x15, 0x18, 0x19, 0x1c];

test('returns the end of a structure', () => {
  expect(check(stop, 9, 9)).toBe(1);
  expect(check(boolean, int, 0x80, 1, text, 2, 97, 98, list, 0x25, 1, 2, structure, boolean, stop, stop, 9)).toBe(16);
});
test('rejects what does not fit into its bytes', () => {
  expect(() => check()).toThrow('it ends in the middle of a structure');
  expect(() => check(text, 5, 97)).toThrow('it ends in the middle of a structure');
  expect(() => check(list, 0xf5, 0xff, 0xff, 0xff, 0x7f, 1)).toThrow('it ends in the middle of a list');
  expect(() => check(int, ...Array<number>(1000).fill(0x80), 1)).toThrow('a number in it has more than 64 bits');
  expect(() => check(...Array<number>(10_000).fill(structure))).toThrow('nested too deeply');
  expect(() => check(list, ...Array<number>(10_000).fill(0x19))).toThrow('nested too deeply');
  expect(() => check(0x1a, stop)).toThrow('it has a value of an unknown kind');
});
