import { matmul, mean, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { gradCam } from './grad-cam.ts';

// Two channels, each on in one corner; class 0 likes the first channel, class 1 the second.
const map = tensor([4, 0, 0, 0, 0, 0, 0, 2], { shape: [1, 2, 2, 2] });
const head = (x: typeof map) => matmul(mean(x, [2, 3]), tensor([1, -1, -1, 1], { shape: [2, 2] }));

test('shows where the evidence for a class lies', () => {
  expect(gradCam(map, head, [0]).numbers()).toEqual([1, 0, 0, 0]);
  expect(gradCam(map, head, [1]).numbers()).toEqual([0, 0, 0, 1]);
});
test('nothing speaks for a class that no channel helps', () =>
  expect(
    gradCam(map, (x) => matmul(mean(x, [2, 3]), tensor([-1, 1, -1, 1], { shape: [2, 2] })), [0]).numbers(),
  ).toEqual([0, 0, 0, 0]));
test('refuses what is no map, and classes for other samples', () => {
  expect(() => gradCam(tensor([1, 2]), head, [0])).toThrow(
    'gradCam wants a feature map of [batch, channels, height, width], got [2].',
  );
  expect(() => gradCam(map, head, [0, 1])).toThrow('gradCam wants a class for each of 1 samples, got 2.');
});
