import { expect, test } from 'vitest';
import { hardestImages } from './hardest-images.ts';

const held = [
  { outputs: { values: Float32Array.of(Math.log(3), 0, 0, 0), shape: [2, 2] }, targets: [0, 1] },
  { outputs: { values: Float32Array.of(1000, 0), shape: [1, 2] }, targets: [1] },
];

test('the greatest losses first, by their place among what is held back', () => {
  expect(hardestImages(held, ['a', 'b'], (place) => `${place}.jpg`)).toEqual([
    { place: 2, name: '2.jpg', text: 'a with 100.0 %, is b (0.0 %)' },
    { place: 1, name: '1.jpg', text: 'a with 50.0 %, is b (50.0 %)' },
    { place: 0, name: '0.jpg', text: 'a, right with 75.0 %' },
  ]);
  expect(hardestImages(held, ['a', 'b'], String, 1)).toHaveLength(1);
});
test('answers of another kind than classes are passed over', () => expect(hardestImages(held, ['a', 'b', 'c'], String)).toEqual([]));
