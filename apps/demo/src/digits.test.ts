import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharpDecoder } from '@graft/augment/node';
import { type ImageFolder, imageFolder } from '@graft/data/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { greyPng } from './digits-png.ts';
import { splitDigits, writeDigits } from './digits.ts';

let parent: string;
let folder: string;
let images: ImageFolder;
function sourceDigest(): string {
  const require = createRequire(import.meta.url);
  return Array.from({ length: 10 }, (_, digit) => readFileSync(require.resolve(`mnist/src/digits/${digit}.json`)))
    .reduce((hash, source) => hash.update(source), createHash('sha256'))
    .digest('hex');
}
beforeAll(async () => {
  const cache = fileURLToPath(new URL('../.cache/', import.meta.url)); // not in /tmp, which may be too small for 10,000 files
  mkdirSync(cache, { recursive: true });
  parent = mkdtempSync(join(cache, 'digits-'));
  // A damaged folder, which writeDigits must replace.
  const damaged = join(parent, `digits-${sourceDigest().slice(0, 12)}`);
  mkdirSync(join(damaged, '3'), { recursive: true });
  writeFileSync(join(damaged, '3', 'damaged.png'), '');
  writeFileSync(
    join(damaged, '.complete.json'),
    JSON.stringify({ digest: sourceDigest(), counts: new Array(10).fill(1) }),
  );
  folder = await writeDigits(parent);
  images = await imageFolder(folder);
}, 60_000);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test('greyPng writes PNG files that sharp can read', async () => {
  const pixels = Uint8Array.from({ length: 15 }, (_, i) => 17 * i);
  expect(await sharpDecoder.decode(greyPng(pixels, 5, 3), { channels: 1 })).toEqual({
    data: pixels,
    width: 5,
    height: 3,
    channels: 1,
  });
});
test('writeDigits writes 10,000 images with one folder per class, and nothing else', () => {
  expect(images.length).toBe(10_000);
  expect(images.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(images.ignored).toEqual([]);
  expect(readdirSync(parent)).toEqual([`digits-${sourceDigest().slice(0, 12)}`]);
});
test('the images are black on white, 28×28', async () => {
  const [seven] = await Promise.all(
    [images.labels.indexOf(7)].map(async (i) => sharpDecoder.decode((await images.get(i)).input, { channels: 1 })),
  );
  expect(seven).toMatchObject({ width: 28, height: 28 });
  expect([seven!.data[0], Math.min(...seven!.data)]).toEqual([255, expect.any(Number)]);
  expect(Math.min(...seven!.data)).toBeLessThan(10);
  expect(Array.from(seven!.data).reduce((sum, value) => sum + value, 0) / 784).toBeGreaterThan(180);
});
test('a second call reuses the images', async () => {
  const before = statSync(join(folder, '3', '0000.png')).mtimeMs;
  expect(await writeDigits(parent)).toBe(folder);
  expect(statSync(join(folder, '3', '0000.png')).mtimeMs).toBe(before);
});
test('the split has 10 training images per class and 2,000 other test images', () => {
  const { train, test: heldOut } = splitDigits(images.labels, { seed: 1 });
  const counts = (part: number[]): number[] =>
    part.reduce((all, i) => (all[images.labels[i]!]!++, all), new Array<number>(10).fill(0));
  expect(counts(train)).toEqual(new Array(10).fill(10));
  expect(heldOut.length).toBe(2000);
  expect(Math.min(...counts(heldOut))).toBeGreaterThan(150);
  expect(new Set([...train, ...heldOut]).size).toBe(2100);
  expect(splitDigits(images.labels, { seed: 1 })).toEqual({ train, test: heldOut });
  expect(splitDigits(images.labels, { seed: 2 }).train).not.toEqual(train);
});
