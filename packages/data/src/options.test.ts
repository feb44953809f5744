import { expect, test } from 'vitest';
import { choiceOption, listOption, numberOption, rangeOption, readOptions } from './options.ts';

const read = <T>(reader: (value: unknown) => T, value?: unknown): T =>
  readOptions('blur', { sigma: value }, { sigma: reader }).sigma;

test('fills in defaults', () => {
  expect(read(numberOption(2))).toBe(2);
  expect(read(rangeOption([0, 1]))).toEqual([0, 1]);
  expect(read(choiceOption(['a', 'b'], 'b'))).toBe('b');
  expect(read(listOption(['x']))).toEqual(['x']);
});
test('a number is a range around the centre', () => {
  expect(read(rangeOption(0, { centre: 0 }), 15)).toEqual([-15, 15]);
  expect(read(rangeOption(0, { centre: 1, min: 0 }), 0.2)).toEqual([0.8, 1.2]);
  expect(read(rangeOption(0, { centre: 1, min: 0 }), 3)).toEqual([0, 4]);
});
test.each([
  [numberOption(), undefined, 'a number, got nothing'],
  [numberOption(1, { min: 1, integer: true }), 1.5, 'an integer of 1 or more, got 1.5'],
  [numberOption(1, { max: 1 }), Number.NaN, 'a number of 1 or less, got null'],
  [rangeOption([0, 1], { min: 0 }), [1, 0], '[low, high] of 0 or more, got [1,0]'],
  [rangeOption([0, 1], { centre: 0 }), '15', 'a number or [low, high], got "15"'],
  [rangeOption([0, 1]), [Number.NaN, 1], '[low, high], got [null,1]'],
  [choiceOption(['a', 'b']), 'c', '"a" or "b", got "c"'],
  [listOption(), [1], 'a list of strings, got [1]'],
])('rejects invalid values', (reader, value, message) =>
  expect(() => read<unknown>(reader, value)).toThrow(`blur expects "sigma" to be ${message}.`),
);
test('suggests and lists options', () =>
  expect(() => readOptions('blur', { sigmma: 1 }, { sigma: numberOption(1), kernel: numberOption(3) })).toThrow(
    'blur has no option "sigmma". Did you mean "sigma"? Options: sigma, kernel.',
  ));
test('rejects inherited property names', () =>
  expect(() => readOptions('blur', { toString: 1 }, {})).toThrow('blur has no option "toString". Options: none.'));
