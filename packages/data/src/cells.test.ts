import { expect, test } from 'vitest';
import { cell, listed, numberCell } from './cells.ts';

test.each([
  ['12', 12],
  ['-1.5', -1.5],
  ['+2e-3', 0.002],
  ['.5', 0.5],
  ['5.', 5],
  [' 7 ', 7],
  ['007', 7],
  ['1E3', 1000],
  [3, 3],
])('%j is a number', (value, number) => expect(numberCell({ x: value }, 'x', 'targetColumn')).toBe(number));
test.each([
  '0x10',
  '0b1',
  '0o7',
  'Infinity',
  '-Infinity',
  'NaN',
  '1e999',
  '1e39',
  '１２',
  '1_000',
  '1,5',
  '1 000',
  'e5',
  '.',
  '--1',
  true,
  [1],
  Infinity,
])('%j is not a decimal number', (value) =>
  expect(() => numberCell({ x: value }, 'x', 'targetColumn')).toThrow(
    `has ${JSON.stringify(value)} in "x", but must have a number such as 12, -1.5 or 2e-3.`,
  ),
);
test('a missing column lists the others, but not a thousand of them', () => {
  expect(() => cell({ a: 1, b: 2 }, 'c', 'labelColumn')).toThrow(
    'has no "c"; it has: a, b. Name the column with labelColumn.',
  );
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`column-${i}`, i]));
  expect(() => cell(wide, 'c', 'labelColumn')).toThrow('column-18, column-19, and 980 more. Name the column');
  expect(listed(['x'.repeat(1000)])).toBe(`${'x'.repeat(40)}…`);
});
