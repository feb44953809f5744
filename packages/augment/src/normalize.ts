import { type Image, imageTransform, type OptionReader, readOptions, type Transform } from '@graft/data';

/** Options of {@link normalize}. */
export interface NormalizeOptions {
  /** One number per channel, or one for all, on a scale of 0 to 1. */
  readonly mean: readonly number[];
  /** One number per channel, or one for all, on a scale of 0 to 1. */
  readonly std: readonly number[];
}

/** Computes `(value − mean) / std` with values from 0 to 1. `imageBatch(normalization)` does the same faster, while it builds a batch. */
export function normalize(options: NormalizeOptions): Transform<Image> {
  const { mean, std } = readOptions('normalize', options, {
    mean: channelOption(-Infinity),
    std: channelOption(Number.MIN_VALUE),
  });
  return imageTransform('normalize', (image) => {
    const { channels } = image;
    for (const [name, values] of [
      ['mean', mean],
      ['std', std],
    ] as const)
      if (values.length !== 1 && values.length !== channels)
        throw new Error(
          `normalize has ${values.length} values for "${name}", but the image has ${channels} channels. Pass one value, or one per channel.`,
        );
    const unit = image.data instanceof Uint8Array ? 255 : 1;
    const data = new Float32Array(image.data.length);
    for (let i = 0; i < data.length; i++) {
      const c = i % channels;
      data[i] = (image.data[i]! / unit - (mean[c] ?? mean[0]!)) / (std[c] ?? std[0]!);
    }
    return { ...image, data };
  });
}

const channelOption =
  (min: number): OptionReader<readonly number[]> =>
  (value) => {
    if (
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item) => typeof item === 'number' && Number.isFinite(item) && item >= min)
    )
      return value as number[];
    throw new Error(`a list of numbers${min > 0 ? ' above 0' : ''}, one per channel`);
  };
