// @ts-check
import { Random } from '@graft/tensor';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Two classes of 500×375 photos: waves under noise, in warm and in cold light. */
export async function makePhotos(/** @type {string} */ folder, /** @type {number} */ count) {
  const [width, height] = [500, 375];
  for (let n = 0; n < count; n++) {
    const [kind, random] = [n % 2 === 0 ? 'warm' : 'cold', new Random(n)];
    mkdirSync(join(folder, kind), { recursive: true });
    const [length, tilt, warmth] = [20 + 30 * random.next(), random.next(), kind === 'warm' ? 40 : -40];
    const tint = [warmth, 0, -warmth].map((shift) => 60 + 60 * random.next() + shift);
    const pixels = new Uint8Array(width * height * 3);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++, at++)
          pixels[at] = Math.max(
            0,
            Math.min(
              255,
              (tint[c] ?? 0) + 50 * Math.sin(((x * tilt + y * (1 - tilt)) / length) * 2 * Math.PI) + 50 * random.next(),
            ),
          );
    writeFileSync(
      join(folder, kind, `${n}.jpg`),
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 90 })
        .toBuffer(),
    );
  }
}
