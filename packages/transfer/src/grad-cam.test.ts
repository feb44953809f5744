import { matmul, mean, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { gradCam } from './grad-cam.ts';

// Each of the two channels is active in one corner; channel 0 supports class 0, channel 1 supports class 1.
const map = tensor([4, 0, 0, 0, 0, 0, 0, 2], { shape: [1, 2, 2, 2] });
const head = (x: typeof map) => matmul(mean(x, [2, 3]), tensor([1, -1, -1, 1], { shape: [2, 2] }));

test('highlights the regions that support a class', () => {
  expect(gradCam(map, head, [0]).numbers()).toEqual([1, 0, 0, 0]);
  expect(gradCam(map, head, [1]).numbers()).toEqual([0, 0, 0, 1]);
});
test('is 0 everywhere if no channel supports the class', () =>
  expect(
    gradCam(map, (x) => matmul(mean(x, [2, 3]), tensor([-1, 1, -1, 1], { shape: [2, 2] })), [0]).numbers(),
  ).toEqual([0, 0, 0, 0]));
test('rejects inputs that are not feature maps, and a wrong number of classes', () => {
  expect(() => gradCam(tensor([1, 2]), head, [0])).toThrow(
    'gradCam expects a feature map of [batch, channels, height, width], got [2].',
  );
  expect(() => gradCam(map, head, [0, 1])).toThrow('gradCam expects one class for each of the 1 samples, got 2.');
});
