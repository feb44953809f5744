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
    if (isBroken(sample.input[0]!)) throw new Error('No image.');
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

test('generators, in batches, epoch after epoch', async () => {
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
test('shuffled within a buffer, anew each epoch, by the seed', async () => {
  const loader = loaderOf(numbers(30), { shuffleBuffer: 12 });
  const [first, second] = [await take(loader), await take(loader)].map((batches) =>
    batches.flatMap(({ indices }) => indices),
  );
  expect(first).not.toEqual(second);
  expect(first!.toSorted((a, b) => a - b)).toEqual(second!.toSorted((a, b) => a - b));
  expect((await take(loaderOf(numbers(30), { shuffleBuffer: 12 }))).flatMap(({ indices }) => indices)).toEqual(first);
});
test('prefetch, concurrency and a slow stream change nothing', async () => {
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
test('a resumed loader gives the very next batch, from every place', async () => {
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
test('what comes before the place is not transformed', async () => {
  let transformed = 0;
  const loader = loaderOf(numbers(40), { transform: (sample) => (transformed++, sample) });
  await take(loader.batches(0, 9));
  expect(transformed).toBe(4);
});
test('broken samples are left out and listed, and end nothing', async () => {
  const loader = loaderOf(broken(8, (i) => i === 1 || i === 6));
  expect((await take(loader)).map(({ indices }) => indices)).toEqual([
    [0, 2, 3],
    [4, 5, 7],
  ]);
  expect(loader.quarantined).toEqual([
    { index: 1, path: '1.png', reason: 'No image.' },
    { index: 6, path: '6.png', reason: 'No image.' },
  ]);
  await expect(
    take(
      loaderOf(
        broken(8, (i) => i === 5),
        { strict: true },
      ),
    ),
  ).rejects.toThrow('Could not load sample 5 ("5.png"): No image.');
  await expect(
    take(loaderOf(iterableDataset(() => [new SampleError('Broken.', { path: 'x' })] as never))),
  ).rejects.toThrow('1 of 1 samples could not be loaded, and 0 may be left out; the first is sample 0 ("x"): Broken.');
});
test('too much that is broken stops the run before its end', async () => {
  let given = 0;
  const endless = mapIterable(
    iterableDataset(function* () {
      for (;;) yield { i: given++ };
    }),
    (): Sample => {
      throw new Error('No image.');
    },
  );
  await expect(take(loaderOf(endless))).rejects.toThrow('of 100 samples could not be loaded, and 50 may be left out');
  expect(given).toBeLessThan(80);
});
test('a stream is closed after a break, and read no further than the prefetch', async () => {
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
    expect(given).toBeLessThanOrEqual(16); // one in use, two ahead, one to know whether there is another
    break;
  }
  await wait(1);
  expect(closed).toBe(true);
});
test('refuses streams that do not keep their word', async () => {
  await expect(take(loaderOf(numbers(0)))).rejects.toThrow(
    'its stream gave none. A generator that has run cannot run again: give a function that begins a new one.',
  );
  await expect(take(loaderOf(numbers(9, 10)))).rejects.toThrow(
    'The stream gave 9 samples, and its length says 10. Give the right length, or none.',
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
    "A loader's shuffleBuffer is a whole number of 0 or more, got -1.",
  );
  const state = loaderOf(numbers(3)).state();
  expect(() => loaderOf(numbers(3), { shuffleBuffer: 3 }).restore(state)).toThrow(
    'The saved loader had shuffleBuffer 0, and this one has 3.',
  );
});
