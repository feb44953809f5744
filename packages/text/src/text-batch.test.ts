import { expect, test } from 'vitest';
import { textBatch } from './text-batch.ts';

/** A token a letter, between 1 and 2. */
const letters = { encode: (text: string): number[] => [1, ...Array.from(text, (letter) => letter.charCodeAt(0)), 2] };
const samples = ['ab', '', 'abcdef'].map((input, label) => ({ input, label }));

test('padded to the longest, with a mask', () => {
  expect(textBatch(letters, { padding: 9 })(samples.slice(0, 2), [4, 7])).toEqual({
    ids: Int32Array.of(1, 97, 98, 2, 1, 2, 9, 9),
    mask: Int32Array.of(1, 1, 1, 1, 1, 1, 0, 0),
    shape: [2, 4],
    labels: Int32Array.of(0, 1),
    indices: [4, 7],
  });
});
test('truncated, with the token that ends a text', () => {
  const { ids, shape } = textBatch(letters, { maxLength: 4 })(samples, [0, 1, 2]);
  expect(shape).toEqual([3, 4]);
  expect([...ids.subarray(8)]).toEqual([1, 97, 98, 2]);
});
test('a batch of empty texts has a length', () =>
  expect(textBatch({ encode: () => [] })(samples, [0, 1, 2])).toMatchObject({
    shape: [3, 1],
    mask: Int32Array.of(0, 0, 0),
  }));
test('refuses a length below 1', () =>
  expect(() => textBatch(letters, { maxLength: 0 })).toThrow('textBatch wants a maxLength of 1 token or more, got 0.'));
