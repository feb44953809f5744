import { resize } from '@graft/augment';
import { type AnyBatch, type ImageDecoder, isNamed } from '@graft/data';
import type { Picture } from '@graft/report';
import { Random } from '@graft/tensor';
import type { Preprocessing } from '@graft/zoo';
import type { Heat } from '../modality.ts';

/** How much regions without evidence are darkened, from 0 to 1. */
const strength = 0.75;
/** The picture's longer side, in pixels. */
const side = 192;

/**
 * Draws an image of a batch as the network sees it, darkened where there is little evidence for the prediction.
 * @param place the image's index in the batch
 * @param heat [high, wide], from 0 to 1
 */
export async function overlayOf(
  decoder: ImageDecoder,
  preprocessing: Preprocessing,
  batch: AnyBatch,
  place: number,
  { values, shape }: Heat,
): Promise<Picture> {
  const [high, wide] = shape as [number, number];
  const { data, shape: all } = isNamed(batch)
    ? Object.values(batch.inputs)[0]!
    : { data: batch.inputs, shape: batch.shape };
  const [channels, height, width] = (preprocessing.layout === 'nhwc' ? [all[3], all[1], all[2]] : all.slice(1)) as [
    number,
    number,
    number,
  ];
  const size = channels * height * width;
  const pixels = shownPixels(Float32Array.from(data.subarray(place * size, (place + 1) * size) as Float32Array), {
    channels,
    height,
    width,
    preprocessing,
  });
  darken(pixels, { width, height }, values, { wide, high });
  const scale = side / Math.max(width, height);
  const enlarged = await resize({ size: { width: Math.round(width * scale), height: Math.round(height * scale) } })(
    { data: pixels, width, height, channels: 3 },
    new Random(0), // resizing draws no random numbers
  );
  return { bytes: await decoder.encode(enlarged, { quality: 72 }), type: 'image/jpeg' };
}

/** Darkens pixels with little evidence. Values of the map belong to the centres of its cells and are interpolated bilinearly. */
function darken(
  pixels: Uint8Array,
  { width, height }: { width: number; height: number },
  heat: Float32Array,
  { wide, high }: { wide: number; high: number },
): void {
  const between = (at: number, cells: number, count: number): [low: number, high: number, share: number] => {
    const place = Math.min(Math.max(((at + 0.5) * cells) / count - 0.5, 0), cells - 1);
    const low = Math.floor(place);
    return [low, Math.min(low + 1, cells - 1), place - low];
  };
  for (let y = 0; y < height; y++) {
    const [above, below, down] = between(y, high, height);
    for (let x = 0; x < width; x++) {
      const [before, after, along] = between(x, wide, width);
      const row = (r: number): number => heat[r * wide + before]! * (1 - along) + heat[r * wide + after]! * along;
      const kept = 1 - strength * (1 - row(above) * (1 - down) - row(below) * down);
      for (let c = 0; c < 3; c++) pixels[3 * (y * width + x) + c]! *= kept;
    }
  }
}

/** Converts normalised values back to RGB pixels. */
function shownPixels(
  values: Float32Array,
  {
    channels,
    height,
    width,
    preprocessing: { mean, std, order, layout },
  }: { channels: number; height: number; width: number; preprocessing: Preprocessing },
): Uint8Array {
  const pixels = new Uint8Array(3 * height * width);
  const at = (c: number, i: number): number => (layout === 'nhwc' ? i * channels + c : c * height * width + i);
  for (let c = 0; c < 3; c++) {
    const from = channels < 3 ? 0 : order === 'bgr' ? 2 - c : c;
    for (let i = 0; i < height * width; i++) {
      const value = values[at(from, i)]! * (std[from] ?? std[0]!) + (mean[from] ?? mean[0]!);
      pixels[3 * i + c] = Math.max(0, Math.min(255, Math.round(255 * value)));
    }
  }
  return pixels;
}
