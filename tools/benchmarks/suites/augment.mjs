// @ts-check
import { randomResizedCrop } from '@graft/augment';
import { decodeCrop, sharpDecoder } from '@graft/augment/node';
import { arrayDataset, imageBatch, Loader } from '@graft/data';
import { Random } from '@graft/tensor';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { alternate } from '../measure.mjs';
import { runPython } from '../peers/python.mjs';

const [width, height, size, batchSize, images] = [500, 375, 224, 32, 192];
const [mean, std] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];

/** From JPEG to batches of normalised planes through random resized crops, by a loader, against sharp's bare crop and scaling and against torchvision on Pillow. */
export async function* augmentation(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const names = {
    fused: `augment ${width}×${height} JPEG → ${size}² planes, decodeCrop`,
    apart: `augment ${width}×${height} JPEG → ${size}² planes, decoded first`,
    core: `augment ${width}×${height} JPEG → ${size}² planes, per core`,
  };
  if (!Object.values(names).some(wanted)) return;
  const jpeg = await photo();
  const [crop, cropDecoded] = [decodeCrop({ size }), randomResizedCrop({ size })];
  const photos = arrayDataset(Array.from({ length: images }, (_, number) => ({ number, input: jpeg, label: 0 })));
  /** @type {import('sharp').Region[]} */
  const boxes = [];
  const loading = (
    /** @type {(number: number, random: import('@graft/tensor').Random) => import('@graft/data').Image | Promise<import('@graft/data').Image>} */ load,
  ) =>
    new Loader(photos, {
      batchSize,
      collate: imageBatch({ mean, std }, { reuse: true }),
      transform: async ({ number }, random) => ({ label: 0, input: await load(number, random) }),
    });
  const epoch = async (/** @type {ReturnType<typeof loading>} */ loader) => {
    for await (const { shape } of loader.batches(0)) if (shape[0] !== batchSize) throw new Error('a batch is short');
  };
  const loaders = {
    fused: loading((_, random) => crop(jpeg, random)),
    apart: loading(async (_, random) => cropDecoded(await sharpDecoder.decode(jpeg), random)),
  };
  // All peers crop the same boxes: those drawn in the loader's first epoch.
  await epoch(
    loading((number, random) => {
      const [stepX, , left, , stepY, top] = cropDecoded.plan({ width, height }, random.clone()).back;
      boxes[number] = { left, top, width: Math.round(stepX * size), height: Math.round(stepY * size) };
      return crop(jpeg, random);
    }),
  );
  const bare = async () => {
    let next = 0;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let k = next++; k < images; k = next++)
          await sharp(jpeg)
            .extract(/** @type {import('sharp').Region} */ (boxes[k]))
            .resize(size, size, { fit: 'fill', kernel: 'linear' })
            .raw()
            .toBuffer();
      }),
    );
  };
  const times = await alternate(
    { fused: () => epoch(loaders.fused), apart: () => epoch(loaders.apart), bare },
    { rounds: quick ? 3 : 10, warmUp: 2, tidily: true },
  );
  const rate = (/** @type {string} */ key) => (1000 * images) / (times[key]?.median ?? Number.NaN);
  for (const key of /** @type {const} */ (['fused', 'apart']))
    if (wanted(names[key]))
      yield {
        name: names[key],
        graft: rate(key),
        peer: 'sharp alone, no planes',
        peerValue: rate('bare'),
        unit: 'images/s',
        ratio: rate(key) / rate('bare'),
        target: key === 'fused' ? 0.9 : null,
        why: 'The peer stops at bytes. The rest is checking the file before decoding, enlarging crops, and planes of floats.',
      };
  if (!wanted(names.core)) return;
  // Processor time, because sharp uses every core and Pillow one.
  const start = process.cpuUsage();
  const rounds = quick ? 1 : 4;
  for (let round = 0; round < rounds; round++) await epoch(loaders.fused);
  const { user, system } = process.cpuUsage(start);
  const perCore = (1e6 * rounds * images) / (user + system);
  const folder = mkdtempSync(join(os.tmpdir(), 'graft-bench-'));
  try {
    writeFileSync(join(folder, 'photo.jpg'), jpeg);
    const torch = runPython(
      'torchvision_augment.py',
      join(folder, 'photo.jpg'),
      size,
      quick ? 1 : 3,
      ...boxes.slice(0, batchSize).map(({ left, top, width, height }) => [left, top, width, height].join(',')),
    );
    if (torch)
      yield {
        name: names.core,
        graft: perCore,
        peer: `torchvision ${torch.version} on Pillow`,
        peerValue: torch.rate,
        unit: 'images/s',
        ratio: perCore / torch.rate,
        target: 1.5,
        why: 'sharp alone, in the rows above, has that rate on all cores together: libvips decodes and scales slower than Pillow here.',
      };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gradients with some noise: about as many bytes as a photograph of that size. */
function photo() {
  const random = new Random(1);
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.max(
      0,
      Math.min(255, 128 + 60 * Math.sin(x / 17 + (i % 3)) + 50 * Math.cos(y / 11) + 8 * random.normal()),
    );
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
