import { expect, test } from 'vitest';
import { imageBatch, vectorBatch } from './batch.ts';
import { image } from './image.ts';

const grey = (...values: number[]): ReturnType<typeof image> => image(Uint8Array.from(values), values.length, 1, 1);

test('puts images together, normalised', () => {
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
test('writes over the last batch where that is wanted, and not else', () => {
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
test('images of two sizes are named', () =>
  expect(() =>
    imageBatch()(
      [
        { input: grey(0, 0), label: 0, path: 'a.png' },
        { input: grey(0), label: 0, path: 'b.png' },
      ],
      [0, 1],
    ),
  ).toThrow(
    'The images of a batch have one size, and "a.png", 2×1×1 and "b.png", 1×1×1 differ. End the transforms with resize({ size: … }).',
  ));
test('vectors of two lengths are named', () =>
  expect(() =>
    vectorBatch()(
      [
        { input: [1, 2], label: 0 },
        { input: [1], label: 0 },
      ],
      [5, 6],
    ),
  ).toThrow('sample 6 has 1 numbers where sample 5 has 2'));
