import { arrayDataset, imageBatch, Loader, onInput } from '@graft/data';
import { Random } from '@graft/tensor';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { decodeCrop } from './decode-crop.ts';
import { jpegSize } from '../jpeg-size.ts';
import { randomResizedCrop } from '../random-resized-crop.ts';
import { sharpDecoder } from './sharp-decoder.ts';

const random = new Random(1);
const pixels = Uint8Array.from({ length: 500 * 375 * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % 500, Math.floor(i / 1500)];
  return 128 + 60 * Math.sin(x / 17 + (i % 3)) + 50 * Math.cos(y / 11) + 8 * (random.next() - 0.5);
});
const source = sharp(pixels, { raw: { width: 500, height: 375, channels: 3 } });
const jpeg = await source.clone().jpeg({ quality: 90 }).toBuffer();

test('gives the same pixels as sharpDecoder and randomResizedCrop', async () => {
  for (const [size, seed] of [224, 96, 16].flatMap((size) => [0, 1, 2, 3, 4, 5].map((seed) => [size, seed] as const))) {
    const [once, twice] = [decodeCrop({ size }), randomResizedCrop({ size })];
    const [a, b] = [await once(jpeg, new Random(seed)), await twice(await sharpDecoder.decode(jpeg), new Random(seed))];
    expect(a).toMatchObject({ width: size, height: size, channels: 3 });
    expect(Buffer.compare(a.data as Uint8Array, b.data as Uint8Array)).toBe(0);
  }
});
test('supports grey images, EXIF rotation and other formats', async () => {
  const crop = decodeCrop({ size: { width: 20, height: 40 }, channels: 1, scale: [1, 1] });
  const rotated = await source.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(jpegSize(rotated)).toBeUndefined();
  expect(jpegSize(jpeg)).toEqual({ width: 500, height: 375 });
  for (const bytes of [rotated, await source.clone().png().toBuffer(), await source.clone().webp().toBuffer()])
    expect(await crop(bytes, new Random(1))).toMatchObject({ width: 20, height: 40, channels: 1 });
});
test('rejects broken files and headers with a wrong size', async () => {
  const crop = decodeCrop({ size: 8, maxPixels: 1000 });
  await expect(crop(jpeg, new Random(1))).rejects.toThrow('The image has more than 1000 pixels.');
  await expect(crop('gone.jpg', new Random(1))).rejects.toThrow('"gone.jpg" does not exist. Check the path.');
  await expect(
    crop(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), new Random(1)),
  ).rejects.toThrow('The image is not an image in a known format');
  const large = Uint8Array.from(jpeg);
  const frame = large.findIndex((byte, i) => byte === 0xff && (large[i + 1] === 0xc0 || large[i + 1] === 0xc2));
  large.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  await expect(crop(large, new Random(1))).rejects.toThrow(/^The image (has more than 1000 pixels|is a broken image)/);
  for (let length = 0; length < 40; length++) expect(() => jpegSize(jpeg.subarray(0, length))).not.toThrow();
});
test('rejects invalid options', () =>
  expect(() => decodeCrop({ size: 8, channels: 2 as 1 })).toThrow(
    'decodeCrop expects "channels" to be 3 for colour or 1 for grey, got 2.',
  ));

test('memory does not grow over epochs', { timeout: 60_000 }, async () => {
  const files = arrayDataset(Array.from({ length: 32 }, (_, label) => ({ input: jpeg as Uint8Array, label })));
  const loader = new Loader(files, {
    batchSize: 16,
    transform: onInput(decodeCrop({ size: 224 })),
    collate: imageBatch({ mean: [0.5], std: [0.2] }),
  });
  const epochs = async (count: number): Promise<number> => {
    let most = 0;
    for (let epoch = 0; epoch < count; epoch++) {
      for await (const { shape } of loader) expect(shape).toEqual([16, 3, 224, 224]);
      most = Math.max(most, process.memoryUsage().rss);
    }
    return most;
  };
  const before = await epochs(4);
  // Eight epochs decode 8 · 32 images of 600 kB: 154 MB if they were leaked.
  expect((await epochs(8)) - before).toBeLessThan(75e6);
});
