import { apiVersion, createApp, definePlugin } from '@graft/plugin';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import { type Image, image } from './image.ts';
import { numberOption, readOptions } from './options.ts';
import { compose, onInput, type Transform } from './transform.ts';
import { createTransforms, transform } from './transform-type.ts';

const addRandom: Transform<number> = (value, random) => value + random.next();

test('compose applies transforms in order, and is asynchronous only if one of them is', async () => {
  expect(
    compose<number>(
      (x) => x + 1,
      (x) => x * 2,
    )(3, new Random(0)),
  ).toBe(8);
  expect(
    await compose<number>(
      async (x) => x + 1,
      (x) => x * 2,
    )(3, new Random(0)),
  ).toBe(8);
  expect(compose<number>()(3, new Random(0))).toBe(3);
});
test('compose gives each transform its own stream', () => {
  const greedy: Transform<number> = (value, random) => (random.next(), random.next(), value);
  const lazy: Transform<number> = (value) => value;
  expect(compose(greedy, addRandom)(0, new Random(1))).toBe(compose(lazy, addRandom)(0, new Random(1)));
  const [first, second] = [compose(addRandom)(0, new Random(1)), compose(lazy, addRandom)(0, new Random(1))];
  expect(first).not.toBe(second);
});
test('onInput changes only the input of a labelled sample', async () => {
  expect(onInput<number, number>((x) => x + 1)({ input: 1, label: 7, path: 'a' }, new Random(0))).toEqual({
    input: 2,
    label: 7,
    path: 'a',
  });
  expect(await onInput<number, number>(async (x) => x + 1)({ input: 1, label: 7 }, new Random(0))).toEqual({
    input: 2,
    label: 7,
  });
});

test('creates transforms from a configuration', async () => {
  const brighten = transform({
    name: 'brighten',
    create: (options = {}) => {
      const { by } = readOptions('brighten', options, { by: numberOption(1, { min: 0, max: 255 }) });
      return ({ data, width, height, channels }: Image) =>
        image(
          data.map((value) => value + by),
          width,
          height,
          channels,
        );
    },
  });
  const app = await createApp([definePlugin({ name: 'brighten', apiVersion, contributes: [brighten] })]);
  const pixel = image(Uint8Array.of(5), 1, 1, 1);
  const run = createTransforms(app, ['brighten', { name: 'brighten', by: 10 }]);
  expect(run(pixel, new Random(0))).toEqual(image(Uint8Array.of(16), 1, 1, 1));
  expect(() => createTransforms(app, ['brigthen'])).toThrow('No transform "brigthen". Did you mean "brighten"?');
  expect(() => createTransforms(app, [{ name: 'brighten', byy: 1 }])).toThrow(
    'brighten has no option "byy". Did you mean "by"? Options: by.',
  );
  expect(() => createTransforms(app, [{ name: 'brighten', by: 'much' }])).toThrow(
    'brighten expects "by" to be a number from 0 to 255, got "much".',
  );
});
