import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrayDataset, decoded, imageBatch, Loader } from '@graft/data';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSharpDecoder, sharpDecoder } from './sharp-decoder.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-decode-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const solid = (background: string, width = 4, height = 2): ReturnType<typeof sharp> =>
  sharp({ create: { width, height, channels: 3, background } });
const raw = (
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
): ReturnType<typeof sharp> => sharp(data, { raw: { width, height, channels } });

test('decodes colour images to interleaved channels', async () => {
  const { data, width, height, channels } = await sharpDecoder.decode(
    await raw(Uint8Array.of(1, 2, 3, 4, 5, 6), 2, 1, 3)
      .png()
      .toBuffer(),
  );
  expect([width, height, channels, ...data]).toEqual([2, 1, 3, 1, 2, 3, 4, 5, 6]);
});
test('decodes grey images to three channels or one', async () => {
  const grey = await raw(Uint8Array.of(7, 200), 2, 1, 1).toColourspace('b-w').png().toBuffer();
  expect([...(await sharpDecoder.decode(grey)).data]).toEqual([7, 7, 7, 200, 200, 200]);
  expect([...(await sharpDecoder.decode(grey, { channels: 1 })).data]).toEqual([7, 200]);
});
test('converts 16 bits to 8', async () => {
  const deep = await raw(Uint16Array.of(0, 0x1234, 0xffff), 3, 1, 1)
    .toColourspace('grey16')
    .png()
    .toBuffer();
  expect((await sharp(deep).metadata()).depth).toBe('ushort');
  expect([...(await sharpDecoder.decode(deep, { channels: 1 })).data]).toEqual([0, 0x12, 255]);
});
test('flattens transparency onto the background', async () => {
  const glass = await raw(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 255), 2, 1, 4)
    .png()
    .toBuffer();
  expect([...(await sharpDecoder.decode(glass)).data]).toEqual([255, 255, 255, 255, 0, 0]);
  expect([...(await sharpDecoder.decode(glass, { background: [0, 9, 0] })).data]).toEqual([0, 9, 0, 255, 0, 0]);
});
test('converts CMYK to sRGB', async () => {
  const cmyk = await solid('#f00').toColourspace('cmyk').jpeg().toBuffer();
  const { data, channels } = await sharpDecoder.decode(cmyk);
  expect(channels).toBe(3);
  expect(data[0]! - data[1]!).toBeGreaterThan(150);
});
test('decodes grey with opacity', async () => {
  const glass = await raw(Uint8Array.of(9, 9, 9, 40, 200, 200, 200, 255), 2, 1, 4)
    .png()
    .toBuffer();
  expect(await sharpDecoder.decode(glass, { channels: 2 })).toEqual({
    data: Uint8Array.of(9, 40, 200, 255),
    width: 2,
    height: 1,
    channels: 2,
  });
  expect([...(await sharpDecoder.decode(await solid('#fff', 1, 1).png().toBuffer(), { channels: 2 })).data]).toEqual([
    255, 255,
  ]);
});
test('other numbers of channels must be those of the file', async () => {
  await expect(
    sharpDecoder.decode(await solid('#fff').png().toBuffer(), { channels: 5, name: 'a.png' }),
  ).rejects.toThrow(
    '"a.png" has 1 page of 3 channels, but 5 channels are expected. Pass TIFF files with one grey page for each of the 5 channels.',
  );
  const frames = await sharp([await solid('#fff').png().toBuffer(), await solid('#000').png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();
  await expect(sharpDecoder.decode(frames, { channels: 5 })).rejects.toThrow(/has 2 pages of \d channels, but 5/);
});
test('rotates according to EXIF', async () => {
  const rotated = await solid('#000', 4, 2).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  expect(await sharpDecoder.decode(rotated)).toMatchObject({ width: 2, height: 4 });
});
test('decodes the first frame of an animation', async () => {
  const frames = await sharp([await solid('#f00').png().toBuffer(), await solid('#00f').png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();
  expect((await sharp(frames).metadata()).pages).toBe(2);
  const { data, height } = await sharpDecoder.decode(frames);
  expect([height, ...data.subarray(0, 3)]).toEqual([2, 255, 0, 0]);
});
test('downscales while decoding, but never upscales', async () => {
  const photo = await solid('#789', 640, 480).jpeg().toBuffer();
  expect(await sharpDecoder.decode(photo, { shortestSide: 30 })).toMatchObject({ width: 40, height: 30 });
  expect(await sharpDecoder.decode(photo, { shortestSide: 500 })).toMatchObject({ width: 640, height: 480 });
});
test('reads a changed file again', async () => {
  const path = join(folder, 'changing.png');
  for (const shade of ['#000000', '#ffffff']) {
    writeFileSync(path, await solid(shade).png().toBuffer());
    expect((await sharpDecoder.decode(path)).data[0]).toBe(shade === '#000000' ? 0 : 255);
  }
});

test('rejects files that are not images, with their name', async () => {
  const noise = await raw(
    Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251),
    64,
    64,
    3,
  )
    .png()
    .toBuffer();
  const jpeg = await raw(
    Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251),
    64,
    64,
    3,
  )
    .jpeg()
    .toBuffer();
  const cases: [name: string, bytes: Uint8Array, message: string][] = [
    [
      'text.png',
      new TextEncoder().encode('hello'),
      'is not an image in a known format (JPEG, PNG, WebP, GIF, AVIF, TIFF). Convert or remove it.',
    ],
    ['empty.png', new Uint8Array(), 'is an empty file. Remove it.'],
    ['cut.png', noise.subarray(0, noise.length >> 1), 'is a broken image ('],
    ['cut.jpg', jpeg.subarray(0, jpeg.length >> 1), 'is a broken image ('],
    ['header.png', noise.subarray(0, 40), 'is a broken image ('],
    ['float.tif', tiff(32, 3), 'has pixels of type float, whose brightest value is not known.'],
    ['uint.tif', tiff(32, 1), 'has pixels of type uint, whose brightest value is not known.'],
    ['signed.tif', tiff(16, 2), 'has pixels of type short, whose brightest value is not known.'],
  ];
  for (const [name, bytes, message] of cases) {
    writeFileSync(join(folder, name), bytes);
    await expect(sharpDecoder.decode(join(folder, name))).rejects.toThrow(`"${join(folder, name)}" ${message}`);
  }
  await expect(sharpDecoder.decode(join(folder, 'gone.png'))).rejects.toThrow(
    'gone.png" does not exist. Check the path.',
  );
  await expect(sharpDecoder.decode(folder)).rejects.toThrow('is a folder, not an image');
  await expect(sharpDecoder.decode(new TextEncoder().encode('hello'))).rejects.toThrow(
    'The image is not an image in a known format',
  );
});
test('the limit of pixels may be raised for one image', async () => {
  const png = await solid('#000', 20, 20).png().toBuffer();
  expect(await createSharpDecoder({ maxPixels: 100 }).decode(png, { maxPixels: 400 })).toMatchObject({ width: 20 });
  await expect(sharpDecoder.decode(png, { maxPixels: 399 })).rejects.toThrow('has more than 399 pixels');
});
test('rejects an image with too many pixels before decoding it', async () =>
  expect(createSharpDecoder({ maxPixels: 100 }).decode(await solid('#000', 20, 20).png().toBuffer())).rejects.toThrow(
    'The image has more than 100 pixels. Scale it down, or raise the option maxPixels of the modality image.',
  ));

test('a loader lists broken files by path', async () => {
  writeFileSync(join(folder, 'good.png'), await solid('#000').png().toBuffer());
  const files = ['good.png', 'text.png'].map((name, label) => ({
    input: join(folder, name),
    label,
    path: join(folder, name),
  }));
  writeFileSync(join(folder, 'text.png'), 'hello');
  const loader = new Loader(decoded(arrayDataset(files), sharpDecoder), { batchSize: 2, collate: imageBatch() });
  for await (const { shape } of loader) expect(shape).toEqual([1, 3, 2, 4]);
  expect(loader.quarantined).toMatchObject([{ index: 1, path: join(folder, 'text.png') }]);
});
test('a JPEG that lacks its last bytes, of which libjpeg only warns, is decoded', async () => {
  const data = Uint8Array.from({ length: 24 * 20 * 3 }, (_, i) => (7919 * i) % 256);
  const jpeg = await sharp(data, { raw: { width: 24, height: 20, channels: 3 } })
    .jpeg()
    .toBuffer();
  const warned = Buffer.concat([jpeg.subarray(0, -6), jpeg.subarray(-2)]);
  await expect(sharp(warned, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow('premature end of data');
  await expect(sharpDecoder.decode(warned)).resolves.toMatchObject({ width: 24, height: 20 });
});
test('images of extreme proportions are refused before their pixels are decoded, in every format', async () => {
  const strip = sharp({ create: { width: 2020, height: 20, channels: 3, background: '#000' } });
  for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)
    await expect(sharpDecoder.decode(await strip.clone().toFormat(format).toBuffer())).rejects.toThrow(
      'The image has 2020×20 pixels, and its longer side may be at most 100 times the shorter one. Crop or remove it.',
    );
  await expect(
    sharpDecoder.decode(await strip.clone().extract({ left: 0, top: 0, width: 2000, height: 20 }).png().toBuffer()),
  ).resolves.toMatchObject({ width: 2000 });
});

test('TIFF of 8 and 16 bits', async () => {
  for (const bits of [8, 16])
    expect((await sharpDecoder.decode(tiff(bits, 1), { channels: 1 })).data).toEqual(new Uint8Array(64).fill(0x80));
});

/** A grey TIFF of 8×8 pixels whose bytes are all 128. */
function tiff(bits: number, format: number): Uint8Array {
  const entries = [
    [256, 8],
    [257, 8],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 256],
    [277, 1],
    [278, 8],
    [279, 8 * bits],
    [339, format],
  ];
  const file = Buffer.alloc(256 + 8 * bits, 0x80);
  file.fill(0, 0, 256);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag = 0, value = 0], i) => {
    file.writeUInt16LE(tag, 10 + 12 * i);
    file.writeUInt16LE(3, 12 + 12 * i);
    file.writeUInt32LE(1, 14 + 12 * i);
    file.writeUInt32LE(value, 18 + 12 * i);
  });
  return file;
}
