import { importOnnx, readModel, standardOperators } from '@graft/onnx';
import { buildModel, floats, longs } from '@graft/onnx/suite';
import { js } from '@graft/tensor';
import { expect, test } from 'vitest';
import { anyBatch } from './any-batch.ts';

const operators = standardOperators;

/** Embeds tokens for batches of two, and adds a mean over sizes, which has each example's tokens or all. */
function embedding(sizes: readonly number[]) {
  return importOnnx(
    readModel({
      name: 'text.onnx',
      model: buildModel({
        inputs: { ids: { shape: [2, 3], dtype: 'int64' } },
        outputs: ['y'],
        constants: { table: floats([4, 2], (i) => Math.sin(i)), sizes: longs(sizes) },
        nodes: [
          ['Gather', ['table', 'ids'], ['words']],
          ['Reshape', ['words', 'sizes'], ['flat']],
          ['ReduceMean', ['flat'], ['mean'], { axes: [1], keepdims: 1 }],
          ['Add', ['words', 'mean'], ['y']],
        ],
      }),
    }),
    { operators },
  );
}
const free = (sizes: readonly number[]) =>
  anyBatch(embedding(sizes), { operators, backend: js, feed: { inputs: { ids: { shape: [3], dtype: 'int64' } } } });

test('a graph whose examples are independent takes any batch', async () => {
  expect((await free([2, 3, 2])).batch).toBeUndefined();
});
test('a graph that mixes the tokens of all examples keeps its batch', async () => {
  expect(await free([1, 6, 2])).toMatchObject({
    batch: 2,
    reason: 'examples of a batch of 4 influence each other.',
  });
});
test('a batch too large to compare is kept', async () => {
  const graph = importOnnx(
    readModel({
      name: 'images.onnx',
      model: buildModel({
        inputs: { x: { shape: [8192, 4096] } },
        outputs: ['y'],
        nodes: [['ReduceMean', ['x'], ['y'], { axes: [1], keepdims: 1 }]],
      }),
    }),
    { operators },
  );
  expect(
    await anyBatch(graph, { operators, backend: js, feed: { inputs: { x: { shape: [4096], dtype: 'float32' } } } }),
  ).toMatchObject({
    batch: 8192,
    reason: expect.stringMatching(/^its batch of 8192 is too large/),
  });
});
