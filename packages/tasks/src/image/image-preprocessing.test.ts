import { expect, test } from 'vitest';
import { classification } from '../objectives/classification.ts';
import { multilabel } from '../objectives/multilabel.ts';
import { regression } from '../objectives/regression.ts';
import { presetFor } from './image-preprocessing.ts';

const text = {
  width: 48,
  height: 48,
  channels: 3,
  order: 'bgr',
  mean: [0.5],
  std: [0.5],
  polarity: 'darkOnLight',
} as const;

test('a text recognition network gets grey images for classification, and colour if the target may depend on it', () => {
  const channels = [classification, multilabel, regression].map(
    ({ preserves }) => presetFor(text, preserves).decode.channels,
  );
  expect(channels).toEqual([1, 3, 3]);
  expect(presetFor({ ...text, channels: 1 }, regression.preserves).decode.channels).toBe(1);
});
