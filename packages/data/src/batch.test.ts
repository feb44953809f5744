import { expect, test } from 'vitest';
import { imageBatch, isNamed, namedBatch, vectorBatch } from './batch.ts';
import { image } from './image.ts';

const grey = (...values: number[]): ReturnType<typeof image> => image(Uint8Array.from(values), values.length, 1, 1);

test('collates images and normalises them', () => {
  const collate = imageBatch({ mean: [0.5], std: [0.5], channels: 3 });
  const batch = collate(
    [
      { input: grey(0, 255), label: 4 },
      { input: grey(255, 0), label: 2 },
    ],
    [10, 3],
  );
  expect(batch.shape).toEqual([2, 3, 1, 2]);
  expect([...batch.inputs]).toEqual([-1, 1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1]);
  expect([...batch.labels]).toEqual([4, 2]);
  expect(batch.indices).toEqual([10, 3]);
});
test('overwrites the previous batch only with reuse', () => {
  const two = [
    { input: grey(0, 255), label: 0 },
    { input: grey(255, 0), label: 0 },
  ];
  const numbers = (reuse: boolean): number[][] => {
    const collate = imageBatch({}, { reuse });
    const [whole, part] = [collate(two, [0, 1]), collate([two[1]!], [1])];
    expect([...part.inputs]).toEqual([1, 0]);
    return [[...whole.inputs], [...collate(two, [0, 1]).inputs]];
  };
  expect(numbers(false)).toEqual([
    [0, 1, 1, 0],
    [0, 1, 1, 0],
  ]);
  expect(numbers(true)).toEqual([
    [1, 0, 1, 0],
    [0, 1, 1, 0],
  ]);
});
test('rejects images of different sizes and names them', () =>
  expect(() =>
    imageBatch()(
      [
        { input: grey(0, 0), label: 0, path: 'a.png' },
        { input: grey(0), label: 0, path: 'b.png' },
      ],
      [0, 1],
    ),
  ).toThrow(
    'All images of a batch must have the same size, but "a.png" is 2×1×1 and "b.png" is 1×1×1. End the transforms with resize({ size: … }).',
  ));
test('rejects vectors of different lengths and names them', () =>
  expect(() =>
    vectorBatch()(
      [
        { input: [1, 2], label: 0 },
        { input: [1], label: 0 },
      ],
      [5, 6],
    ),
  ).toThrow('sample 6 has 1 numbers and sample 5 has 2'));
test('namedBatch collates each input with its own function', () => {
  const collate = namedBatch({ photo: imageBatch(), size: vectorBatch() });
  const batch = collate(
    [
      { input: { photo: grey(0, 255), size: [3, 4] }, label: 1 },
      { input: { photo: grey(255, 255), size: [5, 6] }, label: 0 },
    ],
    [8, 2],
  );
  expect(batch).toEqual({
    inputs: {
      photo: { shape: [2, 1, 1, 2], dtype: 'float32', data: Float32Array.of(0, 1, 1, 1) },
      size: { shape: [2, 2], dtype: 'float32', data: Float32Array.of(3, 4, 5, 6) },
    },
    labels: Int32Array.of(1, 0),
    indices: [8, 2],
  });
  expect([batch, vectorBatch()([{ input: [1], label: 0 }], [0])].map(isNamed)).toEqual([true, false]);
});
test('namedBatch names a missing input', () => {
  const collate = namedBatch<Record<string, number[]>>({ size: vectorBatch(), place: vectorBatch() });
  expect(() => collate([{ input: { size: [1], plaec: [2] }, label: 0 }], [7])).toThrow(
    'Sample 7 has no input "place". Did you mean "plaec"? It has size, plaec.',
  );
  expect(() => namedBatch({})).toThrow('namedBatch expects a collate function for each input, got none.');
});
