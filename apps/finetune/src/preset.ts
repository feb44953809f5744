import { digits, imagenet, type Preset } from '@graft/augment';
import type { Preprocessing } from '@graft/zoo';

/** How images are changed, resized and normalised for a network. Networks that read text want no mirror images. */
export function presetFor({ height, mean, std, channels, order, polarity }: Preprocessing): Preset {
  const preset = polarity ? digits({ size: height }) : imagenet({ size: height });
  return { ...preset, normalization: { mean, std, channels, order } };
}
