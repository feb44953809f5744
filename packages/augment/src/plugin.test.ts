import { createTransforms, image, imageDecoder, transform } from '@graft/data';
import { createApp } from '@graft/plugin';
import { Random } from '@graft/tensor';
import { expect, test } from 'vitest';
import augmentOnNode from './node/index.ts';
import augment, { digits, documents, imagenet, wholeImage } from './index.ts';

/** Required options of each transform, with strong effects. */
const options: Record<string, object> = {
  affine: { degrees: 30, translate: 0.2, scale: 0.3, shear: 10 },
  centerCrop: { size: 9 },
  colorJitter: { brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.2 },
  normalize: { mean: [0.5], std: [0.5] },
  elastic: { alpha: 20, sigma: 2 },
  pad: { padding: 2 },
  posterize: { bits: 3 },
  randomCrop: { size: 9, padding: 2 },
  randomResizedCrop: { size: 9 },
  resize: { size: 9 },
  resizeToFit: { size: 9 },
  rotate: { degrees: 40 },
  sharpness: { sharpness: 0.9 },
  shear: { x: 20, y: 10 },
  translate: { translate: 0.2 },
  zoom: { scale: 0.5 },
};
const picture = image(
  Uint8Array.from({ length: 16 * 12 * 3 }, (_, i) => (i * 7919) % 251),
  16,
  12,
  3,
);
const app = await createApp([augment, augmentOnNode]);

test('contributes decoders for browsers and for Node', () =>
  expect(app.all(imageDecoder).map(({ name }) => name)).toEqual(['browser', 'sharp']));
test.each(app.all(transform).map(({ name }) => name))(
  '%s gives the same bytes for the same stream and does not change its input',
  async (name) => {
    const before = picture.data.slice();
    const run = createTransforms(app, [{ ...(options[name] as object), name }]);
    for (let seed = 0; seed < 5; seed++) {
      const first = await run(picture, new Random(seed));
      expect(await run(picture, new Random(seed))).toEqual(first);
      expect(first.data.length).toBe(first.width * first.height * first.channels);
    }
    expect(picture.data).toEqual(before);
  },
);
test.each(app.all(transform).map(({ name }) => name))('%s rejects an unknown option', (name) =>
  expect(() => app.get(transform, name).create({ ...options[name], sizzle: 3 })).toThrow(
    `${name} has no option "sizzle".`,
  ),
);
test('a configuration can create transforms by name', async () => {
  const run = createTransforms(app, [
    'grayscale',
    { name: 'rotate', degrees: 10, fill: 255 },
    { name: 'resize', size: 8 },
  ]);
  expect(await run(picture, new Random(1))).toMatchObject({ width: 8, height: 8, channels: 3 });
  expect(() => createTransforms(app, ['horizontalflip'])).toThrow('Did you mean "horizontalFlip"?');
});
test.each([
  ['imagenet', imagenet({ size: 24 }), 24],
  ['digits', digits(), 48],
  ['documents', documents({ size: 32 }), 32],
  ['wholeImage', wholeImage({ size: 24 }), 24],
  ['wholeImage without flips', wholeImage({ size: 24, mirror: false }), 24],
] as const)('the preset %s produces images of its size', async (_, preset, size) => {
  const input = image(picture.data, 16, 12, 3);
  for (const way of [preset.training, preset.evaluation])
    expect(await way(input, new Random(1))).toMatchObject({ width: size, height: size });
});
