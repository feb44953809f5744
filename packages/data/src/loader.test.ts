import { expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { vectorBatch } from './batch.ts';
import { arrayDataset, type Dataset, mapDataset } from './dataset.ts';
import type { Labelled } from './labelled.ts';
import { Loader, type LoaderOptions } from './loader.ts';
import { SampleError } from './sample-error.ts';
import { balanced, bucketed, weighted } from './sampler.ts';
import { onInput, type Transform } from './transform.ts';

type Sample = Labelled<number[]>;
const numbers = (length: number): Dataset<Sample> =>
  arrayDataset(Array.from({ length }, (_, i) => ({ input: [i], label: i % 3, path: `${i}.png` })));
const noise = onInput<number[], number[]>(([x], random) => [x! + random.next()]) as Transform<Sample, Sample>;
const loaderOf = (
  dataset: Dataset<Sample>,
  options: Partial<LoaderOptions<Sample, Sample, Batch>> = {},
): Loader<Sample, Sample, Batch> => new Loader(dataset, { batchSize: 4, seed: 7, collate: vectorBatch(), ...options });
async function take(loader: AsyncIterable<Batch>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Delays samples, which then arrive out of order. */
const slow = (dataset: Dataset<Sample>): Dataset<Sample> =>
  mapDataset(dataset, async (sample, i) => (await wait((i * 7) % 5), sample));
/** A dataset in which some samples are broken files. */
const broken = (length: number, isBroken: (i: number) => boolean): Dataset<Sample> =>
  mapDataset(numbers(length), (sample, i) => {
    if (isBroken(i)) throw new SampleError(`${sample.path} is not an image.`, { path: sample.path });
    return sample;
  });

test('yields every sample once per epoch, in batches', async () => {
  const batches = await take(loaderOf(numbers(10)));
  expect(batches.map(({ shape }) => shape)).toEqual([
    [4, 1],
    [4, 1],
    [2, 1],
  ]);
  expect(batches.flatMap(({ indices }) => indices)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...batches[2]!.inputs]).toEqual([8, 9]);
  expect([...batches[2]!.labels]).toEqual([2, 0]);
});
test('dropLast drops an incomplete last batch', async () => {
  const loader = loaderOf(numbers(10), { dropLast: true });
  expect(loader.length).toBe(2);
  expect((await take(loader)).length).toBe(2);
});
test('shuffles differently in each epoch, depending on the seed', async () => {
  const loader = loaderOf(numbers(20), { shuffle: true });
  const [first, second] = [await take(loader), await take(loader)].map((batches) =>
    batches.flatMap(({ indices }) => indices),
  );
  expect(first).not.toEqual(second);
  expect(second!.toSorted((a, b) => a - b)).toEqual(first!.toSorted((a, b) => a - b));
  expect((await take(loaderOf(numbers(20), { shuffle: true }))).flatMap(({ indices }) => indices)).toEqual(first);
});
test('prefetch, concurrency and slow samples do not change batches', async () => {
  const plain = await take(loaderOf(numbers(23), { shuffle: true, transform: noise, prefetch: 0, concurrency: 1 }));
  for (const options of [{ prefetch: 1 }, { prefetch: 9, concurrency: 3 }])
    expect(await take(loaderOf(slow(numbers(23)), { shuffle: true, transform: noise, ...options }))).toEqual(plain);
});
test('random transforms depend on seed, epoch and sample, not on order', async () => {
  const bySample = (batches: Batch[]): Map<number, number> =>
    new Map(batches.flatMap(({ indices, inputs }) => indices.map((index, i) => [index, inputs[i]!] as const)));
  const shuffled = bySample(await take(loaderOf(numbers(20), { shuffle: true, transform: noise })));
  const loader = loaderOf(numbers(20), { transform: noise, batchSize: 7 });
  const ordered = bySample(await take(loader));
  expect(new Map([...shuffled].sort(([a], [b]) => a - b))).toEqual(ordered);
  expect(bySample(await take(loader))).not.toEqual(ordered);
});
test('a sample drawn twice in an epoch is transformed differently each time', async () => {
  const [batch] = await take(loaderOf(numbers(1), { sampler: weighted([1], 4), transform: noise }));
  expect(new Set(batch!.inputs).size).toBe(4);
});
test('a restored loader continues with the next batch, from every position', async () => {
  const options = { shuffle: true, transform: noise };
  const whole = loaderOf(numbers(10), options);
  const all = [...(await take(whole)), ...(await take(whole))];
  for (let stop = 1; stop < all.length; stop++) {
    const killed = loaderOf(slow(numbers(10)), options);
    let given = 0;
    while (given < stop) for await (const _ of killed) if (++given === stop) break;
    const resumed = loaderOf(numbers(10), options);
    resumed.restore(JSON.parse(JSON.stringify(killed.state())));
    const rest = await take(resumed);
    expect(rest).toEqual(all.slice(stop, stop < 3 ? 3 : undefined));
  }
});
test('batches() does not change the position', async () => {
  const loader = loaderOf(numbers(10), { shuffle: true });
  const second = await take(loader.batches(1));
  expect(loader.state()).toMatchObject({ epoch: 0, batch: 0 });
  await take(loader);
  expect(await take(loader)).toEqual(second);
  expect(await take(loader.batches(1, 2))).toEqual(second.slice(2));
});
test('prepares a bounded number of batches, and stops after a break', async () => {
  let started = 0;
  const counted = mapDataset(numbers(100), async (sample) => (started++, await wait(1), sample));
  for await (const _ of loaderOf(counted, { prefetch: 2 })) {
    await wait(30);
    expect(started).toBe(12);
    break;
  }
  await wait(30);
  expect(started).toBe(12);
});
test('loads the next batch while one is in use', async () => {
  let started = 0;
  const counted = mapDataset(numbers(8), (sample) => (started++, sample));
  for await (const _ of loaderOf(counted, { prefetch: 1 })) expect(started).toBe(8);
});
test('never loads more samples at a time than concurrency allows', async () => {
  let running = 0;
  let most = 0;
  const counted = mapDataset(numbers(40), async (sample) => {
    most = Math.max(most, ++running);
    await wait(1);
    running--;
    return sample;
  });
  await take(loaderOf(counted, { concurrency: 3, prefetch: 4 }));
  expect(most).toBe(3);
});
test.each([
  [0, 8],
  [79, 8],
  [800, 8],
  [1600, 12],
  [1e9, 44],
])('with prefetchBytes of %d, holds at most %d samples', async (prefetchBytes, most) => {
  let started = 0;
  const large = mapDataset(numbers(100), async (sample) => (started++, { ...sample, input: new Float64Array(20) }));
  let batches = 0;
  for await (const _ of new Loader(large, { batchSize: 4, prefetch: 10, prefetchBytes, collate: vectorBatch() })) {
    await wait(5);
    expect(started - 4 * batches++).toBeLessThanOrEqual(most);
    if (batches === 2) break;
  }
});
test.each([
  ['weighted', weighted([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])],
  ['balanced', balanced([0, 0, 0, 0, 0, 0, 0, 1, 1, 2])],
  ['bucketed', bucketed([5, 1, 4, 1, 5, 9, 2, 6, 5, 3], 4)],
])('a restored loader with a %s sampler continues with the next batch', async (_, sampler) => {
  const all = await take(loaderOf(numbers(10), { sampler, transform: noise }));
  for (let stop = 1; stop < all.length; stop++) {
    const killed = loaderOf(numbers(10), { sampler, transform: noise });
    let given = 0;
    for await (const _ of killed) if (++given === stop) break;
    const resumed = loaderOf(numbers(10), { sampler, transform: noise });
    resumed.restore(JSON.parse(JSON.stringify(killed.state())));
    expect(await take(resumed)).toEqual(all.slice(stop));
  }
});

test('skips and lists samples that cannot be loaded', async () => {
  const loader = loaderOf(broken(8, (i) => i === 1 || i === 6));
  expect((await take(loader)).map(({ indices }) => indices)).toEqual([
    [0, 2, 3],
    [4, 5, 7],
  ]);
  expect(loader.quarantined).toEqual([
    { index: 1, path: '1.png', reason: '1.png is not an image.' },
    { index: 6, path: '6.png', reason: '6.png is not an image.' },
  ]);
});
test('does not retry a broken sample, even after restore', async () => {
  let tries = 0;
  const dataset = broken(8, (i) => i === 1 && ++tries > 0);
  const loader = loaderOf(dataset);
  await take(loader);
  await take(loader);
  const resumed = loaderOf(dataset);
  resumed.restore(loader.state());
  await take(resumed);
  expect(tries).toBe(1);
  expect(resumed.quarantined).toEqual(loader.quarantined);
});
test('skips a batch of only broken samples', async () => {
  const loader = loaderOf(broken(12, (i) => i >= 8));
  expect((await take(loader)).length).toBe(2);
  expect(loader.state()).toMatchObject({ epoch: 1, batch: 0 });
});
test('strict throws for a broken sample', () =>
  expect(
    take(
      loaderOf(
        broken(8, (i) => i === 5),
        { strict: true },
      ),
    ),
  ).rejects.toThrow('Could not load sample 5 ("5.png"): 5.png is not an image.'));
test('throws if more samples are broken than quarantineLimit allows', () =>
  expect(
    take(
      loaderOf(
        broken(8, (i) => i > 2),
        { concurrency: 1 },
      ),
    ),
  ).rejects.toThrow(
    '5 of 8 samples could not be loaded, but quarantineLimit allows 4; the first is sample 3 ("3.png"): 3.png is not an image. Fix the samples, or raise quarantineLimit.',
  ));
test('lists samples whose transform fails', async () => {
  const loader = loaderOf(numbers(4), {
    transform: (sample) => (sample.label === 2 ? Promise.reject(new Error('Too small.')) : sample),
  });
  await take(loader);
  expect(loader.quarantined).toEqual([{ index: 2, path: '2.png', reason: 'Too small.' }]);
});

test('rejects empty datasets, invalid options and states of other data', () => {
  expect(() => loaderOf(numbers(0))).toThrow('expects at least one sample');
  expect(() => loaderOf(numbers(4), { batchSize: 0 })).toThrow(
    'A loader expects batchSize to be an integer of 1 or more, got 0.',
  );
  expect(() => loaderOf(numbers(3), { dropLast: true })).toThrow(
    'With dropLast, 3 samples do not fill one batch of 4.',
  );
  const state = loaderOf(numbers(8)).state();
  expect(() => loaderOf(numbers(9)).restore(state)).toThrow(
    'The saved loader had samples 8, but this one has 9. Resume with the data and options of the first run.',
  );
});
