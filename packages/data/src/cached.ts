import type { Dataset } from './dataset.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';

export interface CachedOptions<Sample> {
  /** The size of the cache; default 512 MiB. */
  readonly maxBytes?: number;
  /** The size of a sample; default the bytes of its image's pixels. */
  readonly bytesOf?: (sample: Sample) => number;
}

/**
 * Caches samples in memory for later epochs. The first samples are kept until the cache is full; others are read each time.
 * The cache never changes results.
 */
export function cached<Sample extends Labelled<unknown, unknown>>(
  dataset: Dataset<Sample>,
  { maxBytes = 512 * 2 ** 20, bytesOf = pixelBytes }: CachedOptions<Sample> = {},
): Dataset<Sample> {
  const kept = new Map<number, Sample>();
  let bytes = 0;
  const keep = (index: number, sample: Sample): Sample => {
    const size = bytesOf(sample);
    if (!kept.has(index) && bytes + size <= maxBytes) {
      kept.set(index, sample);
      bytes += size;
    }
    return sample;
  };
  return {
    length: dataset.length,
    get(index) {
      const known = kept.get(index);
      if (known) return known;
      const sample = dataset.get(index);
      return sample instanceof Promise ? sample.then((value) => keep(index, value)) : keep(index, sample);
    },
  };
}

const pixelBytes = ({ input }: Labelled<unknown, unknown>): number => (input as Image).data.byteLength;
