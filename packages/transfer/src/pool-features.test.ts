import { ones, type Shape, tensor } from '@graft/tensor';
import { expect, test } from 'vitest';
import { toyBackbone, toyLoader } from '../test/toy.ts';
import { linearHead, PoolFeatures, trainHead, TransferModel } from './index.ts';

test('rejects features of other shapes', () => {
  for (const features of [[3], [1, 2, 3, 4, 5], undefined] as (Shape | undefined)[])
    expect(() => linearHead({ features: features!, classes: 2 })).toThrow(
      /^A head expects features of \[batch, features\], \[batch, channels, height, width\] or \[batch, tokens, width\], got /,
    );
  expect(() => new PoolFeatures().forward(ones([3]))).toThrow('got [3]. Cut the backbone at another value.');
});
test('rejects a pooling that does not match the features', () => {
  expect(() => linearHead({ features: [1, 3, 4, 4], classes: 2, pool: 'first' })).toThrow(
    'A head with pool "first" expects a sequence [batch, tokens, width], got [1, 3, 4, 4]. Omit "pool".',
  );
  expect(() => linearHead({ features: [1, 4, 3], classes: 2, pool: 'last' as never })).toThrow(
    'A head expects "pool" to be "mean" or "first", got "last".',
  );
});
test('pools channels, tokens, or the first token', () => {
  const numbers = Float32Array.from({ length: 12 }, (_, i) => i);
  const map = tensor(numbers, { shape: [1, 3, 2, 2] });
  const sequence = tensor(numbers, { shape: [1, 4, 3] });
  expect(new PoolFeatures().forward(map).numbers()).toEqual([1.5, 5.5, 9.5]);
  expect(new PoolFeatures({ concat: true }).forward(map).numbers()).toEqual([3, 7, 11, 1.5, 5.5, 9.5]);
  expect(new PoolFeatures().forward(sequence).numbers()).toEqual([4.5, 5.5, 6.5]);
  expect(new PoolFeatures({ pool: 'first' }).forward(sequence).numbers()).toEqual([0, 1, 2]);
  expect(new PoolFeatures({ concat: true }).forward(sequence).numbers()).toEqual([9, 10, 11, 4.5, 5.5, 6.5]);
});
test('a head trains on cached feature maps', async () => {
  const backbone = toyBackbone().layers[0]!;
  const model = new TransferModel(backbone, linearHead({ features: [1, 8, 4, 4], classes: 2 }).initialize(1));
  const log = await trainHead(model, toyLoader(), { epochs: 2, validation: toyLoader({ seed: 2 }) });
  expect(log).toHaveLength(2);
});
