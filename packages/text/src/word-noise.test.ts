import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { randomDeletion, randomSwap } from './word-noise.ts';

const text = Array.from({ length: 1000 }, (_, i) => `w${i}`).join(' ');
const words = (changed: string | Promise<string>): string[] => (changed as string).split(' ');

test('a fraction of the words is deleted, the rest keeps its order', () => {
  const left = words(randomDeletion({ share: 0.2 })(text, new Random(1)));
  expect(Math.abs(left.length - 800)).toBeLessThan(40); // three standard deviations
  const numbers = left.map((word) => Number(word.slice(1)));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(randomDeletion({ share: 0.2 })(text, new Random(1))).toBe(left.join(' '));
});
test('one word is kept', () => {
  for (let seed = 0; seed < 50; seed++)
    expect(['a', 'b']).toContain(words(randomDeletion({ share: 0.999 })('a b', new Random(seed)))[0]);
  expect(randomDeletion()('', new Random(0))).toBe('');
});
test('a fraction of the words moves, and none is lost', () => {
  const moved = words(randomSwap({ share: 0.2 })(text, new Random(1)));
  expect(moved.toSorted()).toEqual(words(text).toSorted());
  const away = moved.filter((word, i) => word !== `w${i}`).length;
  expect(away).toBeGreaterThan(150);
  expect(away).toBeLessThanOrEqual(200);
});
test('invalid fractions', () => {
  expect(() => randomDeletion({ share: 1 })).toThrow('randomDeletion expects a share in [0, 1), got 1.');
  expect(() => randomSwap({ share: -1 })).toThrow('randomSwap expects a share from 0 to 1, got -1.');
});
