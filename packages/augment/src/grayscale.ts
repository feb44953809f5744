import { blank, choiceOption, type Image, imageTransform, readOptions, type Transform } from '@graft/data';
import { checkColour, luma } from './luma.ts';
import { probabilityOption } from './probability.ts';

/** Options of {@link grayscale}. */
export interface GrayscaleOptions {
  /** Probability of applying the transform; default 1. */
  readonly probability?: number;
  /** `same` keeps three equal channels, `one` returns a single channel; default `same`. */
  readonly channels?: 'same' | 'one';
}

/** Converts an image to grey. */
export function grayscale(options: GrayscaleOptions = {}): Transform<Image> {
  const { probability, channels } = readOptions('grayscale', options, {
    probability: probabilityOption(1),
    channels: choiceOption(['same', 'one'] as const, 'same'),
  });
  if (channels === 'one' && probability !== 1)
    throw new Error(
      `grayscale with channels "one" needs probability 1, because all images of a batch must have the same number of channels; got ${probability}. Use channels "same".`,
    );
  return imageTransform('grayscale', (image, random) => {
    checkColour('grayscale', image);
    return random.next() < probability && image.channels === 3
      ? withoutColour(image, channels === 'one' ? 1 : 3)
      : image;
  });
}

function withoutColour(image: Image, channels: 1 | 3): Image {
  const { data: source, width, height } = image;
  const data = blank(image, width, height, channels);
  const rounding = data instanceof Uint8Array ? 0.5 : 0;
  for (let i = 0, out = 0; i < source.length; i += 3) {
    const grey = luma(source[i]!, source[i + 1]!, source[i + 2]!) + rounding;
    for (let c = 0; c < channels; c++) data[out++] = grey;
  }
  return { ...image, data, channels };
}
