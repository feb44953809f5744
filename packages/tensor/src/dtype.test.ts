import { expect, test } from 'vitest';
import { zeros } from './create.ts';
import { zerosOf } from './dtype.ts';

test('an array that does not fit into memory is an error with its size', () => {
  expect(() => zerosOf('float32', 2 ** 40)).toThrow(
    '1099511627776 float32 values need 4100 GiB of memory, more than is available. Use fewer features',
  );
  expect(() => zeros([2 ** 20, 2 ** 22])).toThrow('GiB of memory, more than is available');
  expect(zerosOf('int64', 2)).toEqual(BigInt64Array.of(0n, 0n));
});
