import { expect, test } from 'vitest';
import { gatherElements, gatherND, integers, scatterElements, scatterND, tensor, zeros } from '../index.ts';
import { checkGradient } from '../testing/index.ts';

const wide = (values: number[][]): ReturnType<typeof tensor> => tensor(values, { dtype: 'float64' });

// PyTorch's documentation of `gather` and `scatter_`.
test('elements along an axis, gathered and scattered', () => {
  expect(
    gatherElements(
      tensor([
        [1, 2],
        [3, 4],
      ]),
      integers([0, 0, 1, 0], [2, 2]),
      1,
    ).numbers(),
  ).toEqual([1, 1, 4, 3]);
  const source = tensor([[1, 2, 3, 4, 5]]);
  expect(scatterElements(zeros([3, 5]), integers([0, 1, 2, 0, 0], [1, 5]), source, 0).numbers()).toEqual([
    1, 0, 0, 4, 5, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0,
  ]);
  expect(
    scatterElements(
      tensor([
        [2, 2],
        [2, 2],
      ]),
      integers([1, 1, 0, 1], [2, 2]),
      tensor([
        [3, 4],
        [5, 6],
      ]),
      1,
      'mul',
    ).numbers(),
  ).toEqual([2, 24, 10, 12]);
});
// ONNX's examples of GatherND and ScatterND.
test('slices by index tuples, gathered and scattered', () => {
  const data = tensor([
    [
      [0, 1],
      [2, 3],
    ],
    [
      [4, 5],
      [6, 7],
    ],
  ]);
  expect(gatherND(data, integers([0, 1, 1, 0], [2, 2])).numbers()).toEqual([2, 3, 4, 5]);
  expect(gatherND(data, integers([1, 0], [2, 1]), 1).numbers()).toEqual([2, 3, 4, 5]);
  expect(
    scatterND(tensor([1, 2, 3, 4, 5, 6, 7, 8]), integers([4, 3, 1, 7], [4, 1]), tensor([9, 10, 11, 12])).numbers(),
  ).toEqual([1, 11, 3, 10, 9, 6, 7, 12]);
  expect(scatterND(tensor([1, 2]), integers([0, 0, 1], [3, 1]), tensor([5, 6, -7]), 'max').numbers()).toEqual([6, 2]);
});
test('gradients flow through remaining and scattered elements', () => {
  const [data, updates, places] = [
    wide([
      [0.5, -1.5, 2],
      [1, 0.25, -0.75],
    ]),
    wide([
      [1.5, -2],
      [0.5, 3],
    ]),
    integers([0, 2, 1, 1], [2, 2]),
  ];
  for (const reduction of ['none', 'add', 'mul', 'max'] as const)
    checkGradient((x, y) => scatterElements(x, places, y, 1, reduction), [data, updates]);
  checkGradient((x) => gatherElements(x, places, 1), [data]);
  checkGradient((x) => gatherND(x, integers([1, 2, 0, 0, 1, 2], [3, 2])), [data]);
});
test('mismatched shapes are rejected', () => {
  const data = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(() => gatherND(data, integers([0, 2], [1, 2]))).toThrow('Index 2 is outside an axis of 2 elements.');
  expect(() => gatherElements(data, integers([0]), 0)).toThrow(
    'Indices of [1] do not fit data of [2, 2]: both must have the same number of dimensions.',
  );
  expect(() => gatherND(data, integers([0, 0, 0], [1, 3]))).toThrow(
    'Indices of [1, 3] do not fit data of [2, 2] with 0 batch dimensions.',
  );
  expect(() => scatterND(data, integers([0], [1, 1]), tensor([[1, 2]]), 'sub' as never)).toThrow(
    'scatter reduction "sub" is not supported. Use none, add, mul, max or min.',
  );
  expect(() => gatherElements(data, tensor([[0.5]]), 0)).toThrow('Index 0.5 is not an integer.');
});
