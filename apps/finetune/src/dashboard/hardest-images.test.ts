import { expect, test } from 'vitest';
import { classification } from '../task/classification.ts';
import { multilabel } from '../task/multilabel.ts';
import { regression } from '../task/regression.ts';
import { hardestImages } from './hardest-images.ts';

const held = [
  { outputs: { values: Float32Array.of(Math.log(3), 0, 0, 0), shape: [2, 2] }, targets: [0, 1] },
  { outputs: { values: Float32Array.of(1000, 0), shape: [1, 2] }, targets: [1] },
];

test('the greatest losses first, by their place among what is held back', () => {
  expect(hardestImages(classification, held, ['a', 'b'], (place) => `${place}.jpg`)).toEqual([
    { place: 2, name: '2.jpg', text: 'a with 100.0 %, is b (0.0 %)' },
    { place: 1, name: '1.jpg', text: 'a with 50.0 %, is b (50.0 %)' },
    { place: 0, name: '0.jpg', text: 'a, right with 75.0 %' },
  ]);
  expect(hardestImages(classification, held, ['a', 'b'], String, 1)).toHaveLength(1);
});
test('answers of another kind than classes are passed over', () =>
  expect(hardestImages(classification, held, ['a', 'b', 'c'], String)).toEqual([]));
test('labels: the greatest cross-entropy first, with what was missed', () => {
  const outputs = { values: Float32Array.of(3, -3, -2, 2), shape: [2, 2] };
  expect(hardestImages(multilabel, [{ outputs, targets: Float32Array.of(1, 0, 1, 0) }], ['a', 'b'], String)).toEqual([
    { place: 1, name: '1', text: 'missed a (11.9 %) · wrongly b (88.1 %)' },
    { place: 0, name: '0', text: 'right a (95.3 %)' },
  ]);
});
test('numbers: errors in units of their spread, so that great numbers do not drown small ones', () => {
  const outputs = { values: Float32Array.of(1000, 0.1, 1100, 0.4, 1200, 0.1), shape: [3, 2] };
  const found = hardestImages(
    regression,
    [{ outputs, targets: Float32Array.of(1000, 0.1, 1110, 0.1, 1200, 0.3) }],
    ['price', 'share'],
    String,
  );
  expect(found.map(({ place }) => place)).toEqual([1, 2, 0]);
  expect(found[0]!.text).toBe('price 1100, is 1110 (−10) · share 0.4, is 0.1 (+0.3)');
});
