import { tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { ChannelsFirst } from './index.ts';

test('the channels of a map come before its places', () => {
  const map = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    { shape: [1, 2, 3, 2] },
  );
  const turned = new ChannelsFirst().forward(map);
  expect(turned.shape).toEqual([1, 2, 2, 3]);
  expect(turned.numbers()).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  expect(() => new ChannelsFirst().forward(tensor([1]))).toThrow('ChannelsFirst expects a map');
});
