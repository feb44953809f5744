import { expect, test } from 'vitest';
import { readModel } from './proto/read-model.ts';
import { storedStatistics } from './stored-statistics.ts';
import { buildModel, floats } from './testing/index.ts';

/** Batch norms before and after a convolution, with these statistics after it. */
const network = (mean: number, variance: number, folded = false): Uint8Array =>
  buildModel({
    inputs: { x: { shape: ['N', 2, 4, 4] } },
    outputs: ['y'],
    opset: 17,
    constants: {
      w: floats([2, 2, 1, 1], () => 1),
      one: floats([2], () => 1),
      first: floats([2], () => 7),
      mean: floats([2], () => mean),
      variance: floats([2], () => variance),
    },
    nodes: [
      ['BatchNormalization', ['x', 'one', 'one', 'first', 'first'], ['n']],
      ['Conv', ['n', 'w'], ['c']],
      folded ? ['Relu', ['c'], ['y']] : ['BatchNormalization', ['c', 'one', 'one', 'mean', 'variance'], ['y']],
    ],
  });
const of = (model: Uint8Array): unknown => storedStatistics(readModel(model));

test('the statistics of the first batch norm after a layer', () => {
  expect(of(network(2, 3))).toEqual({ value: 'c', mean: [2, 2], variance: [3, 3] });
});
test.each([
  ['folded ones', network(2, 3, true)],
  ['those that were never trained', network(0, 1)],
  ['numbers that are none', network(Number.NaN, 1)],
  ['negative variances', network(1, -1)],
])('nothing is known of %s', (_, model) => expect(of(model)).toBeUndefined());
