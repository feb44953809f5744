import { expect, test } from 'vitest';
import { type Batch, vectorBatch } from './batch.ts';
import { type IterableDataset, iterableDataset, mapIterable } from './iterable-dataset.ts';
import type { Labelled } from './labelled.ts';
import { SampleError } from './sample-error.ts';
import { StreamLoader, type StreamLoaderOptions } from './stream-loader.ts';
import { onInput, type Transform } from './transform.ts';

type Sample = Labelled<number[]>;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const numbers = (count: number, length?: number): IterableDataset<Sample> =>
  iterableDataset(
    function* () {
      for (let i = 0; i < count; i++) yield { input: [i], label: i % 3, path: `${i}.png` };
    },
    length === undefined ? {} : { length },
  );
const broken = (count: number, isBroken: (i: number) => boolean): IterableDataset<Sample> =>
  mapIterable(numbers(count), (sample) => {
    if (isBroken(sample.input[0]!)) throw new Error('Not an image.');
    return sample;
  });
const noise = onInput<number[], number[]>(([x], random) => [x! + random.next()]) as Transform<Sample, Sample>;
const loaderOf = (
  dataset: IterableDataset<Sample>,
  options: Partial<StreamLoaderOptions<Sample, Sample, Batch>> = {},
): StreamLoader<Sample, Sample, Batch> =>
  new StreamLoader(dataset, { batchSize: 4, seed: 7, collate: vectorBatch(), ...options });
async function take(loader: AsyncIterable<Batch>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

test('loads generators in batches, and repeats them in each epoch', async () => {
  const loader = loaderOf(numbers(10));
  expect(loader.length).toBeUndefined();
  for (const epoch of [1, 2]) {
    expect((await take(loader)).map(({ indices }) => indices)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(loader.state()).toMatchObject({ epoch, batch: 0 });
  }
  expect((await take(loaderOf(numbers(10), { dropLast: true }))).length).toBe(2);
  expect((await take(loaderOf(numbers(8), { dropLast: true }))).length).toBe(2);
  expect([loaderOf(numbers(10, 10)).length, loaderOf(numbers(10, 10), { dropLast: true }).length]).toEqual([3, 2]);
});
test('shuffleBuffer shuffles differently in each epoch, depending on the seed', async () => {
  const loader = loaderOf(numbers(30), { shuffleBuffer: 12 });
  const [first, second] = [await take(loader), await take(loader)].map((batches) =>
    batches.flatMap(({ indices }) => indices),
  );
  expect(first).not.toEqual(second);
  expect(first!.toSorted((a, b) => a - b)).toEqual(second!.toSorted((a, b) => a - b));
  expect((await take(loaderOf(numbers(30), { shuffleBuffer: 12 }))).flatMap(({ indices }) => indices)).toEqual(first);
});
test('prefetch, concurrency and a slow stream do not change batches', async () => {
  const plain = await take(loaderOf(numbers(23), { shuffleBuffer: 5, transform: noise, prefetch: 0, concurrency: 1 }));
  const slow = iterableDataset(async function* () {
    for (const sample of numbers(23).samples() as Iterable<Sample>) {
      await wait(sample.input[0]! % 3);
      yield sample;
    }
  });
  const late: Transform<Sample, Sample> = async (sample, random) => (
    await wait((sample.input[0]! * 7) % 5),
    noise(sample, random)
  );
  for (const options of [{ prefetch: 1 }, { prefetch: 9, concurrency: 3 }, { prefetchBytes: 0 }])
    expect(await take(loaderOf(slow, { shuffleBuffer: 5, transform: late, ...options }))).toEqual(plain);
});
test('a restored loader continues with the next batch, from every position', async () => {
  const options = { shuffleBuffer: 4, transform: noise };
  const source = (): IterableDataset<Sample> => broken(11, (i) => i === 2);
  const whole = loaderOf(source(), options);
  const all = [...(await take(whole)), ...(await take(whole))];
  expect(all.length).toBe(6);
  for (let stop = 1; stop < all.length; stop++) {
    const killed = loaderOf(source(), options);
    let given = 0;
    while (given < stop) for await (const _ of killed) if (++given === stop) break;
    const resumed = loaderOf(source(), options);
    resumed.restore(JSON.parse(JSON.stringify(killed.state())));
    expect(await take(resumed)).toEqual(all.slice(stop, stop < 3 ? 3 : undefined));
  }
});
test('does not transform samples before the position', async () => {
  let transformed = 0;
  const loader = loaderOf(numbers(40), { transform: (sample) => (transformed++, sample) });
  await take(loader.batches(0, 9));
  expect(transformed).toBe(4);
});
test('skips and lists broken samples', async () => {
  const loader = loaderOf(broken(8, (i) => i === 1 || i === 6));
  expect((await take(loader)).map(({ indices }) => indices)).toEqual([
    [0, 2, 3],
    [4, 5, 7],
  ]);
  expect(loader.quarantined).toEqual([
    { index: 1, path: '1.png', reason: 'Not an image.' },
    { index: 6, path: '6.png', reason: 'Not an image.' },
  ]);
  await expect(
    take(
      loaderOf(
        broken(8, (i) => i === 5),
        { strict: true },
      ),
    ),
  ).rejects.toThrow('Could not load sample 5 ("5.png"): Not an image.');
  await expect(
    take(loaderOf(iterableDataset(() => [new SampleError('Broken.', { path: 'x' })] as never))),
  ).rejects.toThrow(
    '1 of 1 samples could not be loaded, but quarantineLimit allows 0; the first is sample 0 ("x"): Broken.',
  );
});
test('throws before the end of the stream if too many samples are broken', async () => {
  let given = 0;
  const endless = mapIterable(
    iterableDataset(function* () {
      for (;;) yield { i: given++ };
    }),
    (): Sample => {
      throw new Error('Not an image.');
    },
  );
  await expect(take(loaderOf(endless))).rejects.toThrow(
    'of 100 samples could not be loaded, but quarantineLimit allows 50',
  );
  expect(given).toBeLessThan(80);
});
test('closes the stream after a break, and reads no further than prefetch allows', async () => {
  let [given, closed] = [0, false];
  const endless = iterableDataset(function* (): Generator<Sample> {
    try {
      for (;;) yield { input: [given++], label: 0 };
    } finally {
      closed = true;
    }
  });
  for await (const _ of loaderOf(endless)) {
    await wait(20);
    expect(given).toBeLessThanOrEqual(16); // batches: one in use, two prefetched, one to detect the last
    break;
  }
  await wait(1);
  expect(closed).toBe(true);
});
test('rejects empty, failing and shorter streams, invalid options and states of other options', async () => {
  await expect(take(loaderOf(numbers(0)))).rejects.toThrow(
    'its stream is empty. A generator cannot restart: pass a function that creates a new one.',
  );
  await expect(take(loaderOf(numbers(9, 10)))).rejects.toThrow(
    'The stream has 9 samples, but its length is 10. Set the right length, or omit it.',
  );
  await expect(
    take(
      loaderOf(
        iterableDataset(function* () {
          yield { input: [1], label: 0 };
          throw new Error('The disk is gone.');
        }),
      ),
    ),
  ).rejects.toThrow('The disk is gone.');
  expect(() => loaderOf(numbers(3), { shuffleBuffer: -1 })).toThrow(
    'A loader expects shuffleBuffer to be an integer of 0 or more, got -1.',
  );
  const state = loaderOf(numbers(3)).state();
  expect(() => loaderOf(numbers(3), { shuffleBuffer: 3 }).restore(state)).toThrow(
    'The saved loader had shuffleBuffer 0, but this one has 3.',
  );
});
