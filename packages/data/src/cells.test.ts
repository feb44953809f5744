import { expect, test } from 'vitest';
import { cell, flagCell, listed, namesCell, numberCell, textCell } from './cells.ts';

test.each([
  ['12', 12],
  ['-1.5', -1.5],
  ['+2e-3', 0.002],
  ['.5', 0.5],
  ['5.', 5],
  [' 7 ', 7],
  ['007', 7],
  ['1E3', 1000],
  ['-1,5', -1.5],
  ['0,1234', 0.1234],
  [',5', 0.5],
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
  '1,234',
  '1.234,5',
  ',',
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
test.each([1, '1', '1.0', ' 1. ', true, 'True', 'TRUE', 'true'])('%j is true', (value) =>
  expect(flagCell({ x: value }, 'x', 'targets')).toBe(true),
);
test.each([0, '0', '0.0', false, 'False', 'FALSE'])('%j is false', (value) =>
  expect(flagCell({ x: value }, 'x', 'targets')).toBe(false),
);
test.each(['2', '1.5', 'yes', '01', 'truely'])('%j is neither', (value) =>
  expect(() => flagCell({ x: value }, 'x', 'targets')).toThrow('must have 0 or 1'),
);
test('blanks around texts and names are removed', () => {
  expect(textCell({ x: ' cat ' }, 'x', 'targets')).toBe('cat');
  expect(() => textCell({ x: '  ' }, 'x', 'targets')).toThrow('must have text');
  expect(namesCell({ x: ' a | b ' }, 'x', 'targets')).toEqual(['a', 'b']);
  expect(namesCell({ x: ' ' }, 'x', 'targets')).toEqual([]);
  expect(namesCell({ x: 'a, b' }, 'x', 'targets', ',')).toEqual(['a', 'b']);
});
test('a missing column lists the others, but not a thousand of them', () => {
  expect(() => cell({ a: 1, b: 2 }, 'c', 'labelColumn')).toThrow(
    'has no "c"; it has: a, b. Name the column with the option labelColumn.',
  );
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`column-${i}`, i]));
  expect(() => cell(wide, 'c', 'labelColumn')).toThrow('column-18, column-19, and 980 more. Name the column');
  expect(listed(['x'.repeat(1000)])).toBe(`${'x'.repeat(40)}…`);
});
