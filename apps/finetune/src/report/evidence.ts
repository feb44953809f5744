import type { Batch } from '@graft/data';
import { scope } from '@graft/tensor';
import { backendOf, prepareBatch } from '@graft/train';
import { gradCam, type TransferModel } from '@graft/transfer';
import type { Preprocessing } from '@graft/zoo';
import sharp from 'sharp';
import type { Backbone } from '../backbone.ts';
import { dataAddress, side } from './thumbnail.ts';

/**
 * The images of a batch as the network sees them, bright where the evidence for its answers lies; none where it has no feature map.
 * @param answers the class of each sample
 */
export async function evidenceOf(
  model: TransferModel,
  { map, preprocessing }: Backbone,
  batch: Batch,
  answers: readonly number[],
): Promise<readonly string[] | undefined> {
  if (!map) return undefined;
  const cam = scope(() =>
    gradCam(
      map.before.forward(prepareBatch(batch, backendOf(model)).input),
      (values) => model.head.forward(map.after.forward(values)),
      answers,
    ),
  );
  const heat = (await cam.array()) as Float32Array;
  const [, high, wide] = cam.shape as [number, number, number];
  cam.dispose();
  const [, channels, height, width] = batch.shape as [number, number, number, number];
  return Promise.all(
    answers.map(async (_, n) => {
      const pixels = shownPixels(
        batch.inputs.subarray(n * channels * height * width, (n + 1) * channels * height * width),
        { channels, height, width, preprocessing },
      );
      const dark = veil(heat.subarray(n * high * wide, (n + 1) * high * wide), { wide, high, width, height });
      // Two pipelines: in one, sharp would scale the image before it lays the veil on.
      const veiled = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .composite([{ input: dark, raw: { width, height, channels: 4 } }])
        .removeAlpha()
        .raw()
        .toBuffer();
      const jpeg = await sharp(veiled, { raw: { width, height, channels: 3 } })
        .resize(2 * side, 2 * side, { fit: 'inside', kernel: width < side ? 'nearest' : 'cubic' })
        .jpeg({ quality: 72 })
        .toBuffer();
      return dataAddress(jpeg);
    }),
  );
}

/** Black that hides a place the more the less speaks for the answer there; the map's values lie in the middle of their fields, with straight lines between. */
function veil(
  heat: Float32Array,
  { wide, high, width, height }: { wide: number; high: number; width: number; height: number },
): Buffer {
  const dark = Buffer.alloc(width * height * 4);
  const between = (at: number, fields: number, pixels: number): [low: number, high: number, share: number] => {
    const place = Math.min(Math.max(((at + 0.5) * fields) / pixels - 0.5, 0), fields - 1);
    const low = Math.floor(place);
    return [low, Math.min(low + 1, fields - 1), place - low];
  };
  for (let y = 0; y < height; y++) {
    const [above, below, down] = between(y, high, height);
    for (let x = 0; x < width; x++) {
      const [before, after, along] = between(x, wide, width);
      const row = (r: number): number => heat[r * wide + before]! * (1 - along) + heat[r * wide + after]! * along;
      dark[4 * (y * width + x) + 3] = Math.round(255 * 0.75 * (1 - row(above) * (1 - down) - row(below) * down));
    }
  }
  return dark;
}

/** Planes as the network takes them, turned back into red, green and blue. */
function shownPixels(
  planes: Float32Array,
  {
    channels,
    height,
    width,
    preprocessing: { mean, std, order },
  }: { channels: number; height: number; width: number; preprocessing: Preprocessing },
): Buffer {
  const pixels = Buffer.alloc(3 * height * width);
  for (let c = 0; c < 3; c++) {
    const from = channels === 1 ? 0 : order === 'bgr' ? 2 - c : c;
    for (let i = 0; i < height * width; i++)
      pixels[3 * i + c] = Math.max(
        0,
        Math.min(
          255,
          Math.round(255 * (planes[from * height * width + i]! * (std[from] ?? std[0]!) + (mean[from] ?? mean[0]!))),
        ),
      );
  }
  return pixels;
}
