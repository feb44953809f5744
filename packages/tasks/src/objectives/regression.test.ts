import type { Examples } from '@graft/data';
import { expect, test } from 'vitest';
import { regression } from './regression.ts';

const examples = (numbers: readonly number[]): Examples => ({
  root: '.',
  list: numbers.map((target, i) => ({ place: `Row ${i + 1}`, fields: { target } })),
  columns: ['target'],
  ignored: [],
  file: (name) => ({ name, bytes: async () => new Uint8Array() }),
});

test('numbers that float32 cannot distinguish are named', () => {
  const times = Array.from({ length: 20 }, (_, i) => 1_700_000_000 + 3 * i);
  expect(regression.targets(examples(times)).warnings).toEqual([
    'The numbers in "target" vary less than float32 can represent: 1700000003 becomes 1700000000, with a standard deviation of 17.299. Subtract a constant such as 1700000000 from them, because scores and predictions are rounded, too.',
  ]);
});
test.each([
  ['small numbers', [0.1, 0.2, 0.3]],
  ['large ones that vary', [1e9, 2e9, 3.5e9]],
  ['one number', [16_777_217, 16_777_217]],
])('%s are not', (_, numbers) => expect(regression.targets(examples(numbers)).warnings).toEqual([]));
