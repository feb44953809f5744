import { expect, test } from 'vitest';
import { presetFor } from './preprocessing.ts';

const text = {
  width: 48,
  height: 48,
  channels: 3,
  order: 'bgr',
  mean: [0.5],
  std: [0.5],
  polarity: 'darkOnLight',
} as const;

test('a network that reads text sees classes in grey, and what may lie in colours in colour', () => {
  expect(
    ['classification', 'multilabel', 'regression'].map(
      (task) => presetFor(text, task as 'classification').decode.channels,
    ),
  ).toEqual([1, 3, 3]);
  expect(presetFor({ ...text, channels: 1 }, 'regression').decode.channels).toBe(1);
});
