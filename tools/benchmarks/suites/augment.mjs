// @ts-check
import { decodeCrop, randomResizedCrop, sharpDecoder } from '@graft/augment';
import { imageBatch } from '@graft/data';
import { Random } from '@graft/tensor';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { alternate } from '../measure.mjs';
import { runTorch } from '../peers/torch.mjs';

const [width, height, size, batch] = [500, 375, 224, 32];
const [mean, std] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/** From JPEG to normalised planes through random resized crops, 16 at a time, against sharp's bare crop and scaling and against torchvision on Pillow. */
export async function* augmentation(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const names = { fused: `augment ${width}×${height} JPEG → ${size}² planes, decodeCrop`, apart: `augment ${width}×${height} JPEG → ${size}² planes, decoded first`, core: `augment ${width}×${height} JPEG → ${size}² planes, per core` };
  if (!Object.values(names).some(wanted)) return;
  const jpeg = await photo();
  const [crop, cropDecoded, collate] = [decodeCrop({ size }), randomResizedCrop({ size }), imageBatch({ mean, std })];
  // All sides cut the same boxes.
  const streams = Array.from({ length: batch }, (_, k) => new Random(1).fork(k));
  const boxes = streams.map((random) => {
    const [stepX, , left, , stepY, top] = cropDecoded.plan({ width, height }, random.clone()).back;
    return { left, top, width: Math.round(stepX * size), height: Math.round(stepY * size) };
  });
  const inBatch = async (/** @type {(random: Random, k: number) => unknown} */ load) => {
    /** @type {any[]} */
    const done = [];
    let next = 0;
    await Promise.all(Array.from({ length: 16 }, async () => {
      for (let k = next++; k < batch; k = next++) done[k] = await load(/** @type {Random} */ (streams[k]).clone(), k);
    }));
    return done;
  };
  const planes = async (/** @type {(random: Random) => unknown} */ load) =>
    collate((await inBatch(load)).map((input) => ({ input, label: 0 })), streams.map((_, k) => k));
  const runs = {
    fused: () => planes((random) => crop(jpeg, random)),
    apart: () => planes(async (random) => cropDecoded(await sharpDecoder.decode(jpeg), random)),
    bare: () => inBatch((_, k) => sharp(jpeg).extract(/** @type {import('sharp').Region} */ (boxes[k])).resize(size, size, { fit: 'fill', kernel: 'linear' }).raw().toBuffer()),
  };
  const times = await alternate(runs, { rounds: quick ? 9 : 30, warmUp: 3 });
  const rate = (/** @type {string} */ key) => (1000 * batch) / (times[key]?.median ?? Number.NaN);
  for (const key of /** @type {const} */ (['fused', 'apart']))
    if (wanted(names[key])) yield { name: names[key], graft: rate(key), peer: 'sharp alone, no planes', peerValue: rate('bare'), unit: 'images/s', ratio: rate(key) / rate('bare'), target: key === 'fused' ? 0.9 : null, why: 'The peer stops at bytes. The rest is a look at the file before it is decoded, and planes of floats.' };
  if (!wanted(names.core)) return;
  // Processor time, because sharp uses every core and Pillow one.
  const start = process.cpuUsage();
  const rounds = quick ? 5 : 20;
  for (let round = 0; round < rounds; round++) await runs.fused();
  const { user, system } = process.cpuUsage(start);
  const perCore = (1e6 * rounds * batch) / (user + system);
  const folder = mkdtempSync(join(os.tmpdir(), 'graft-bench-'));
  try {
    writeFileSync(join(folder, 'photo.jpg'), jpeg);
    const torch = runTorch('torchvision_augment.py', join(folder, 'photo.jpg'), size, quick ? 1 : 3, ...boxes.map(({ left, top, width, height }) => [left, top, width, height].join(',')));
    if (torch) yield { name: names.core, graft: perCore, peer: `torchvision ${torch.version} on Pillow`, peerValue: torch.rate, unit: 'images/s', ratio: perCore / torch.rate, target: 1.5, why: 'sharp alone, in the rows above, has that rate on all cores together: libvips decodes and scales slower than Pillow here.' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gradients with some noise: about as many bytes as a photograph of that size. */
function photo() {
  const random = new Random(1);
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return Math.max(0, Math.min(255, 128 + 60 * Math.sin(x / 17 + (i % 3)) + 50 * Math.cos(y / 11) + 8 * random.normal()));
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg({ quality: 90 }).toBuffer();
}
