import { expect, test } from 'vitest';
import { loudestStart, partOf, windows, windowStarts } from './windows.ts';

const wave = Float32Array.of(1, 2, 3, 4, 5);

test('a part of a wave is filled with zeros where it leaves the wave', () => {
  expect([...partOf(wave, 1, 3)]).toEqual([2, 3, 4]);
  expect([...partOf(wave, -2, 4)]).toEqual([0, 0, 1, 2]);
  expect([...partOf(wave, 3, 4)]).toEqual([4, 5, 0, 0]);
  expect([...partOf(wave, -1, 8)]).toEqual([0, 1, 2, 3, 4, 5, 0, 0]);
  for (const start of [-9, -4, 5, 50]) expect([...partOf(wave, start, 4)]).toEqual([0, 0, 0, 0]);
});
test('windows overlap as chosen, and the last one ends where the wave does', () => {
  expect(windows(wave, { length: 2 }).map((part) => [...part])).toEqual([
    [1, 2],
    [3, 4],
    [4, 5],
  ]);
  expect(windowStarts(5, { length: 3, hop: 1 })).toEqual([0, 1, 2]);
  expect(windowStarts(9, { length: 4, hop: 3 })).toEqual([0, 3, 5]);
  expect(windows(wave, { length: 7 }).map((part) => [...part])).toEqual([[1, 2, 3, 4, 5, 0, 0]]);
  expect(() => windowStarts(5, { length: 2, hop: 0 })).toThrow('got 2 and 0');
});
test('the loudest part has the most energy; the first one wins, and a short wave is centred', () => {
  expect(loudestStart(Float32Array.of(0, 0, 3, -4, 0, 0), 2)).toBe(2);
  expect(loudestStart(Float32Array.of(1, 1, 1, 1), 2)).toBe(0);
  expect(loudestStart(Float32Array.of(9, 0, 0, 0, 1, 0), 3)).toBe(0);
  expect(loudestStart(wave, 8)).toBe(-1);
  expect([...partOf(wave, loudestStart(wave, 9), 9)]).toEqual([0, 0, 1, 2, 3, 4, 5, 0, 0]);
});
