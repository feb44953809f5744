import { compose, type Image, image, type Transform } from '@graft/data';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { augMix, dirichlet } from './aug-mix.ts';
import { autocontrast } from './autocontrast.ts';
import { elastic } from './elastic.ts';
import { equalize } from './equalize.ts';
import { gaussianBlur } from './gaussian-blur.ts';
import { gaussianNoise } from './gaussian-noise.ts';
import { grayscale } from './grayscale.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { invert } from './invert.ts';
import { applyOne, operations, type OperationName } from './operations.ts';
import { perspective, randomCorners } from './perspective.ts';
import { posterize } from './posterize.ts';
import { randAugment } from './rand-augment.ts';
import { randomErasing } from './random-erasing.ts';
import { resize } from './resize.ts';
import { sharpness } from './sharpness.ts';
import { shear } from './shear.ts';
import { solarize } from './solarize.ts';
import { testTimeAugment } from './test-time-augment.ts';
import { translate } from './translate.ts';
import { trivialAugment, trivialAugmentSpace } from './trivial-augment.ts';
import { verticalFlip } from './vertical-flip.ts';
import { zoom } from './zoom.ts';

const draws = 2000;
const streams = Array.from({ length: draws }, (_, k) => new Random(11).fork('sample', 0, k));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Pearson's chi-squared statistic for a uniform distribution from `low` to `high`; with ten bins, p = 0.001 at 27.9. */
function chiSquare(values: readonly number[], low: number, high: number, bins = 10): number {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((bins * (value - low)) / (high - low)))]!++;
  return counts.reduce((sum, count) => sum + (count - values.length / bins) ** 2 / (values.length / bins), 0);
}
const size = { width: 100, height: 80 };
const grey = image(new Uint8Array(40 * 30).fill(100), 40, 30, 1);
const noise = image(
  Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 7919) % 251),
  40,
  30,
  3,
);

test('the chi-squared statistic detects a non-uniform distribution', () =>
  expect(
    chiSquare(
      streams.map((random) => random.next() ** 1.2),
      0,
      1,
    ),
  ).toBeGreaterThan(27.9));
test.each<[string, (random: Random) => number, number, number]>([
  ['horizontal translate', (random) => -translate({ translate: [0.2, 0.1] }).plan(size, random).back[2], -20, 20],
  ['vertical translate', (random) => -translate({ translate: [0.2, 0.1] }).plan(size, random).back[5], -8, 8],
  ['zoom', (random) => 1 / zoom({ scale: [0.5, 2] }).plan(size, random).back[0], 0.5, 2],
  ['shear', (random) => (Math.atan(shear({ x: 30 }).plan(size, random).back[1]) * 180) / Math.PI, -30, 30],
])('%s is uniform', (_, draw, low, high) => {
  const values = streams.map((random) => draw(random.clone()));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...values)).toBeLessThanOrEqual(high);
  expect(chiSquare(values, low, high)).toBeLessThan(27.9);
});
test('perspective moves corners inwards by uniform amounts', () => {
  const corners = streams.map((random) => randomCorners(size, 0.38, random.clone()));
  expect(
    chiSquare(
      corners.map((four) => four[0]![0]),
      0,
      20,
    ),
  ).toBeLessThan(27.9); // 0 to 19 of 50 · 0.38
  expect(
    chiSquare(
      corners.map((four) => four[2]![0]),
      80,
      100,
    ),
  ).toBeLessThan(27.9);
  expect(
    chiSquare(
      corners.map((four) => four[3]![1]),
      64,
      80,
      16,
    ),
  ).toBeLessThan(39.3); // 0 to 15, in 16 bins
});
test.each([
  ['horizontalFlip', 0.5],
  ['perspective', 0.3],
] as const)('%s is applied with its probability', (name, probability) => {
  const transform = (name === 'perspective' ? perspective : horizontalFlip)({ probability });
  const share =
    streams.filter((random) =>
      transform.plan(size, random.clone()).back.some((value, k) => value !== [1, 0, 0, 0, 1, 0, 0, 0, 1][k]),
    ).length / draws;
  expect(Math.abs(share - probability)).toBeLessThan(4 * Math.sqrt((probability * (1 - probability)) / draws));
});
test.each<[string, (options: { probability?: number }) => Transform<Image>, fallback: number]>([
  ['autocontrast', autocontrast, 0.5],
  ['equalize', equalize, 0.5],
  ['gaussianBlur', (options) => gaussianBlur({ sigma: [1, 2], ...options }), 1],
  ['gaussianNoise', (options) => gaussianNoise({ sigma: 0.1, ...options }), 1],
  ['grayscale', grayscale, 1],
  ['invert', invert, 1],
  ['posterize', (options) => posterize({ bits: 2, ...options }), 0.5],
  ['randomErasing', randomErasing, 0.5],
  ['sharpness', (options) => sharpness({ sharpness: [2, 3], ...options }), 1],
  ['solarize', (options) => solarize({ threshold: 0.5, ...options }), 0.5],
  ['verticalFlip', verticalFlip, 0.5],
])('%s changes images with its probability', async (_, create, fallback) => {
  const tiny = image(
    Uint8Array.from({ length: 18 * 18 * 3 }, (_, i) => 20 + ((i * i * 31) % 151)),
    18,
    18,
    3,
  ); // an image with fewer pixels than levels cannot be equalised
  const share = async (transform: Transform<Image>): Promise<number> => {
    const changed = await Promise.all(
      streams.map(async (random) =>
        (await transform(tiny, random.clone())).data.some((value, i) => value !== tiny.data[i]),
      ),
    );
    return changed.filter(Boolean).length / draws;
  };
  const near = (probability: number): number => 4 * Math.sqrt((probability * (1 - probability)) / draws) + 1e-9;
  expect(Math.abs((await share(create({ probability: 0.3 }))) - 0.3)).toBeLessThan(near(0.3));
  expect(Math.abs((await share(create({}))) - fallback)).toBeLessThan(near(fallback));
});
test('gaussianNoise is normal with the given standard deviation', async () => {
  const { data } = await gaussianNoise({ sigma: 0.05, mean: 0.1 })(
    { ...grey, data: new Float32Array(1200).fill(0.5) },
    new Random(2),
  );
  const values = Array.from(data);
  expect(Math.abs(mean(values) - 0.6)).toBeLessThan((4 * 0.05) / Math.sqrt(1200));
  expect(Math.abs(Math.sqrt(mean(values.map((value) => (value - 0.6) ** 2))) - 0.05)).toBeLessThan(0.005);
  expect(values.filter((value) => Math.abs(value - 0.6) < 0.05).length / 1200).toBeCloseTo(0.6827, 1);
});
test('gaussianBlur keeps the mean and lowers contrast; sharpness raises it', async () => {
  const spread = ({ data }: Image): number =>
    Math.sqrt(mean(Array.from(data, (value) => (value - mean(Array.from(data))) ** 2)));
  const small = image(
    Uint8Array.from({ length: 100 }, (_, i) => 100 + ((i * 37) % 50)),
    10,
    10,
    1,
  );
  const [soft, sharp] = [
    await gaussianBlur({ sigma: [1, 1] })(small, new Random(1)),
    await sharpness({ sharpness: [2, 2] })(small, new Random(1)),
  ];
  expect(Math.abs(mean(Array.from(soft.data)) - mean(Array.from(small.data)))).toBeLessThan(2);
  expect(spread(soft)).toBeLessThan(spread(small) / 2);
  expect(spread(sharp)).toBeGreaterThan(spread(small) * 1.2);
});
test('randomErasing erases uniform areas in half of the images', async () => {
  const white = image(new Uint8Array(60 * 60).fill(255), 60, 60, 1);
  const erase = randomErasing({ scale: [0.1, 0.3], ratio: [0.5, 2] });
  const erased: number[] = [];
  for (const random of streams)
    erased.push(Array.from((await erase(white, random.clone())).data).filter((value) => value === 0).length / 3600);
  const areas = erased.filter((area) => area > 0);
  expect(Math.abs(areas.length / draws - 0.5)).toBeLessThan(0.045);
  expect(chiSquare(areas, 0.1, 0.3, 5)).toBeLessThan(18.5);
  expect(
    new Set(
      (await randomErasing({ probability: 1, fill: 'noise', scale: [1, 1], ratio: [1, 1] })(white, new Random(1))).data,
    ).size,
  ).toBeGreaterThan(200);
});
test('elastic shifts have mean 0 and scale with alpha', async () => {
  const ramp = {
    ...image(
      Uint8Array.from({ length: 3600 }, (_, i) => 2 * (i % 60) + 60),
      60,
      60,
      1,
    ),
    keypoints: Float32Array.of(30, 30),
  };
  const shifts = async (alpha: number): Promise<number[]> => {
    const values: number[] = [];
    for (const random of streams.slice(0, 200))
      values.push((await elastic({ alpha, sigma: 4 })(ramp, random.clone())).keypoints![0]! - 30);
    return values;
  };
  const [little, much] = [await shifts(10), await shifts(40)];
  const deviation = (values: number[]): number => Math.sqrt(mean(values.map((value) => value ** 2)));
  // A Gaussian with σ = 4 averages noise of variance 1/3 over 4πσ² pixels.
  expect(deviation(little)).toBeCloseTo(10 / Math.sqrt(3 * 4 * Math.PI * 16), 1);
  expect(Math.abs(mean(much))).toBeLessThan((4 * deviation(much)) / Math.sqrt(200));
  expect(deviation(much) / deviation(little)).toBeGreaterThan(3);
});
test('operations are drawn with equal probability and both signs', async () => {
  const counts = new Map<string, number>();
  const names = Object.keys(trivialAugmentSpace) as OperationName[];
  const space = Object.fromEntries(
    names.map((name) => [
      name,
      () => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        return 0;
      },
    ]),
  );
  for (const random of streams) await applyOne(space, noise, () => 0.5, 0, random.clone());
  const expected = draws / names.length;
  expect(names.length).toBe(14);
  expect([...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(34.5); // 13 degrees of freedom, p = 0.001
  expect(Object.values(operations).filter(({ signed }) => signed).length).toBe(9);
  const moved = streams.slice(0, 400).map((random) => {
    const { data } = applyOne(
      { translateX: () => 1 },
      image(Uint8Array.of(1, 2, 3), 3, 1, 1),
      () => 1,
      0,
      random.clone(),
    ) as Image;
    return data[0] === 0 ? 1 : 0;
  });
  expect(Math.abs(mean(moved) - 0.5)).toBeLessThan(0.1);
});
test('AugMix draws weights uniformly on the simplex', () => {
  const weights = streams.map((random) => dirichlet(3, 1, random.clone()));
  for (const row of weights) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
  // One weight of a flat Dirichlet distribution has the CDF 1 − (1 − t)².
  expect(
    chiSquare(
      weights.map(([first]) => 1 - (1 - first!) ** 2),
      0,
      1,
    ),
  ).toBeLessThan(27.9);
  const concentrated = streams.map((random) => dirichlet(2, 0.5, random.clone())[0]!);
  expect(
    chiSquare(
      concentrated.map((x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))),
      0,
      1,
    ),
  ).toBeLessThan(27.9); // arcsine distribution
});
test('augMix, randAugment and trivialAugment change images', async () => {
  const black = image(new Uint8Array(48), 4, 4, 3);
  expect((await augMix({ severity: 1 })(black, new Random(3))).data.length).toBe(48);
  let changed = 0;
  for (const random of streams.slice(0, 50))
    for (const transform of [randAugment(), trivialAugment(), augMix()])
      changed += String((await transform(noise, random.clone())).data) === String(noise.data) ? 0 : 1;
  expect(changed).toBeGreaterThan(120);
});
test('the same seed, epoch and sample give the same pixels in any order', async () => {
  const transform = compose(randAugment(), elastic({ alpha: 10 }), gaussianNoise(), randomErasing());
  const at = (epoch: number, sample: number): Promise<Image> =>
    Promise.resolve(transform(noise, new Random(5).fork('sample', epoch, sample)));
  const forwards = [await at(0, 0), await at(0, 1), await at(1, 0)];
  expect([await at(1, 0), await at(0, 1), await at(0, 0)].reverse()).toEqual(forwards);
  expect(forwards[0]).not.toEqual(forwards[1]);
  expect(forwards[0]).not.toEqual(forwards[2]);
});
test('testTimeAugment averages the predictions of the views', async () => {
  const plain = resize({ size: 8 });
  const seen: Image[] = [];
  const predict = (views: readonly Image[]): number[][] => views.map((view) => (seen.push(view), [view.data[0]!, 1]));
  const prediction = await testTimeAugment(noise, {
    views: [plain, compose(plain, horizontalFlip({ probability: 1 }))],
    random: new Random(1),
    predict,
  });
  expect([...prediction]).toEqual([(seen[0]!.data[0]! + seen[1]!.data[0]!) / 2, 1]);
  expect([...seen[1]!.data.subarray(0, 3)]).toEqual([...seen[0]!.data.subarray(21, 24)]);
  await expect(testTimeAugment(noise, { views: [], random: new Random(1), predict })).rejects.toThrow(
    'at least one view',
  );
  await expect(
    testTimeAugment(noise, { views: [plain], random: new Random(1), predict: () => [[1], [2]] }),
  ).rejects.toThrow('predict returned rows of 1, 1 numbers for 1 views.');
});
