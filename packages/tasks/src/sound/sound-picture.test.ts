import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { soundPicture } from './sound-picture.ts';

/** The indices of a PNG's palette, row by row. */
function pixelsOf(png: Uint8Array): { width: number; height: number; rows: Uint8Array[] } {
  const view = new DataView(png.buffer, png.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  let at = 8;
  while (String.fromCharCode(...png.subarray(at + 4, at + 8)) !== 'IDAT') at += 12 + view.getUint32(at);
  const raw = new Uint8Array(inflateSync(png.subarray(at + 8, at + 8 + view.getUint32(at))));
  const rows = Array.from({ length: height }, (_, y) => raw.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)));
  return { width, height, rows };
}
const rate = 16_000;
const tone = (frequency: number): Float32Array =>
  Float32Array.from({ length: rate / 2 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / rate));

test('a high tone is drawn above a low one, brightest in its own rows', async () => {
  const brightest = await Promise.all(
    [300, 3000].map(async (frequency) => {
      const { bytes, type } = await soundPicture({ samples: tone(frequency), rate });
      expect(type).toBe('image/png');
      const { rows, width } = pixelsOf(bytes);
      const column = rows.map((row) => row[width / 2]!);
      return column.lastIndexOf(Math.max(...column.slice(60)));
    }),
  );
  expect(brightest[0]! - brightest[1]!).toBeGreaterThan(30);
});
test('the waveform is high where the sound is loud', async () => {
  const samples = tone(500);
  samples.fill(0, 0, samples.length / 2);
  const { rows, width } = pixelsOf((await soundPicture({ samples, rate })).bytes);
  const heights = [width / 4, (3 * width) / 4].map((x) => rows.filter((row) => row[x] === 255).length);
  expect(heights[0]).toBe(1);
  expect(heights[1]).toBeGreaterThan(40);
});
test.each([1000, 2000, 5000, 11_025, 44_100, 96_000])('a sound of %i samples per second is drawn', async (own) => {
  const samples = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i));
  const { rows } = pixelsOf((await soundPicture({ samples, rate: own })).bytes);
  expect(rows.some((row) => row.includes(254))).toBe(true);
});
test.each([1, 10, 400])('%i samples of silence are drawn, too', async (length) => {
  const { rows, width, height } = pixelsOf(
    (await soundPicture({ samples: new Float32Array(length), rate: 8000 })).bytes,
  );
  expect([rows.length, rows[0]!.length]).toEqual([height, width]);
  expect(rows[height - 1]!.every((pixel) => pixel === 0)).toBe(true);
});
