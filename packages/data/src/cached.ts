import type { Dataset } from './dataset.ts';
import type { Image } from './image.ts';
import type { Labelled } from './labelled.ts';

/**
 * Keeps decoded images in memory, so that later epochs read no files: the first `maxBytes` of them (512 MiB unless
 * told), and the rest are read each time. Which ones are kept changes no result.
 */
export function cached<Sample extends Labelled<Image, unknown>>(
  dataset: Dataset<Sample>,
  { maxBytes = 512 * 2 ** 20 } = {},
): Dataset<Sample> {
  const kept = new Map<number, Sample>();
  let bytes = 0;
  const keep = (index: number, sample: Sample): Sample => {
    const size = sample.input.data.byteLength;
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
