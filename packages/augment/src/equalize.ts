import type { Image, Transform } from '@graft/data';
import { bytesOf, histogram, throughTables } from './levels.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

/** Equalises the histogram of each channel, by default with probability 0.5 (torchvision's `RandomEqualize`). */
export const equalize = (options: SometimesOptions = {}): Transform<Image> =>
  sometimes('equalize', options, 0.5, {}, equalized);

export function equalized(image: Image): Image {
  const source = bytesOf('equalize', image);
  return throughTables(
    image,
    source,
    Array.from({ length: image.channels }, (_, c) => evenly(histogram(source, c, image.channels))),
  );
}

/** Lookup table as in Pillow: the cumulative histogram divided by a step size that ignores the brightest level. */
function evenly(counts: Uint32Array): ArrayLike<number> {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const step = Math.floor((total - (counts.findLast((count) => count > 0) ?? 0)) / 255);
  let below = Math.floor(step / 2);
  return Array.from(counts, (count, level) => {
    const value = step === 0 ? level : Math.min(255, Math.floor(below / step));
    below += count;
    return value;
  });
}
