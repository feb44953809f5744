import type { Image, Transform } from '@graft/data';
import { bytesOf, histogram, throughTables } from './levels.ts';
import { sometimes, type SometimesOptions } from './sometimes.ts';

/** Stretches the levels of each channel to the full range, by default with probability 0.5 (torchvision's `RandomAutocontrast`). */
export const autocontrast = (options: SometimesOptions = {}): Transform<Image> =>
  sometimes('autocontrast', options, 0.5, {}, autocontrasted);

export function autocontrasted(image: Image): Image {
  const source = bytesOf('autocontrast', image);
  return throughTables(
    image,
    source,
    Array.from({ length: image.channels }, (_, c) => stretch(histogram(source, c, image.channels))),
  );
}

function stretch(counts: Uint32Array): ArrayLike<number> {
  const [low, high] = [counts.findIndex((count) => count > 0), counts.findLastIndex((count) => count > 0)];
  return Uint8Array.from(counts, (_, level) =>
    low === high ? level : Math.min(255, Math.max(0, ((level - low) * 255) / (high - low))),
  );
}
