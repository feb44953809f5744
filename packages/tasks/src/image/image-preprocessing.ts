import { digits, imagenet, type Preset, wholeImage } from '@graft/augment';
import type { Preprocessing } from '@graft/zoo';
import type { Objective } from '../objective.ts';

/**
 * Chooses augmentation, resizing and normalisation for a network and an objective. Text recognition networks get no mirrored images, and
 * grey ones unless the target may depend on colour. Images are not cropped if the target depends on the whole image.
 */
export function presetFor(
  { height: size, mean, std, channels, order, polarity }: Preprocessing,
  { extent, colour }: Objective['preserves'],
): Preset {
  const preset = extent ? wholeImage({ size, mirror: !polarity }) : polarity ? digits({ size }) : imagenet({ size });
  const read = channels === 1 ? 1 : colour ? 3 : preset.decode.channels;
  return {
    ...preset,
    decode: { ...preset.decode, ...(read && { channels: read }) },
    normalization: { mean, std, channels, order },
  };
}

/** Whether a value read from a file is valid preprocessing: square images with 1 or 3 channels. */
export function isPreprocessing(value: unknown): value is Preprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, channels, mean, std, order, polarity } = value as Partial<Preprocessing>;
  if (channels !== 1 && channels !== 3) return false;
  const isList = (list: unknown, above: number): boolean =>
    Array.isArray(list) &&
    (list.length === 1 || list.length === channels) &&
    list.every((one) => typeof one === 'number' && Number.isFinite(one) && one > above);
  return (
    Number.isInteger(height) &&
    height! >= 1 &&
    height! <= 8192 &&
    width === height &&
    isList(mean, -Infinity) &&
    isList(std, 0) &&
    (order === 'rgb' || order === 'bgr') &&
    (polarity === undefined || polarity === 'darkOnLight' || polarity === 'lightOnDark')
  );
}
